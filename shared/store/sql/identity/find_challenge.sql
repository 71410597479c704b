select id, user_id, tenant_id, password_version
from auth_find_challenge($1)
