select user_id, tenant_id
from auth_find_user($1)
