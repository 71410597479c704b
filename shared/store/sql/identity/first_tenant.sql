select id
from auth_own_tenants()
limit 1
