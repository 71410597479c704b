select outcome, tenant_id, marks, changed
from auth_reset_factor($1, $2)
