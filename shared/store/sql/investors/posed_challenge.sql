select
    c.message,
    rfc3339(c.expires_at) as expires_at,
    c.used_at is not null as used,
    c.identity_version is distinct from i.identity_version as outdated
from wallet_challenge c
join investor_wallet w on w.tenant_id = c.tenant_id and w.id = c.wallet_id
join investor i on i.tenant_id = w.tenant_id and i.id = w.investor_id
where c.wallet_id = $1
  and c.id = $2
for update of c
