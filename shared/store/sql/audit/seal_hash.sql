select chain_hash
from audit_seal
where tenant_id = app_tenant_id()
  and position = $1
