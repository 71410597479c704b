select user_id, password_hash, password_version, tenant_id, has_mfa, address_known
from auth_find_credentials($1, $2)
