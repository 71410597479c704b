select
    tenant_id,
    investor_id
from kyc_files_to_expire($1::text::date, $2)
