select tenant_id, id, scopes, rate_per_minute, expires_at, tenant_name, tenant_kind, factor_missing
from auth_find_api_key($1)
