select tenant_id, id, session_id, user_id, seed, expires_at, used_at, session_expires_at, session_revoked, is_member
from auth_find_refresh_token($1)
