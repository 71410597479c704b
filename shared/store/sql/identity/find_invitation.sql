select tenant_id, id, email, user_id, password_hash, password_version
from auth_find_invitation($1)
