select id
from issuer
where id = $1
  and tenant_id = app_tenant_id()
for no key update
