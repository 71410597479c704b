select tenant_id, sealed, problem
from audit_seal_pending($1)
