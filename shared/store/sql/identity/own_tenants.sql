select id, name, kind, roles
from auth_own_tenants()
