select outcome, tenant_id, marks
from auth_reset_factor($1, $2)
