select s.id
from investor_screening s
where s.investor_id = $1
  and not exists (
    select from investor_revocation r
    where r.tenant_id = s.tenant_id
      and r.screening_id = s.id
  )
