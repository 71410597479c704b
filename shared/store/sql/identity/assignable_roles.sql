select name
from role
where assignable
  and (tenant_kind is null or tenant_kind = $1)
order by name
