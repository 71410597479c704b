select id
from auth_own_sessions()
