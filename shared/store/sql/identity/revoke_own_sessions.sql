select id
from auth_revoke_own_sessions($1, $2)
