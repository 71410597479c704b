select v.id
from investor_verification v
where v.investor_id = $1
  and not exists (
    select from investor_revocation r
    where r.tenant_id = v.tenant_id
      and r.verification_id = v.id
  )
