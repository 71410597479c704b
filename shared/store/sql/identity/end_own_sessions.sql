select tenant_id, id
from auth_end_own_sessions($1, $2, $3)
