select id
from tenant
where id = app_tenant_id()
for no key update
