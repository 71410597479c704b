select user_id, email, email_verified, mfa, tenant_id, tenant_name, tenant_kind, mfa_required, roles, permissions,
       authenticated_at, expires_at, mfa_at
from auth_find_session($1)
