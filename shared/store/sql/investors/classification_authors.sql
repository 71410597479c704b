select
    c.recorded_by,
    c.key_made_by,
    rfc3339(c.created_at) as recorded_at,
    exists (
        select from investor_revocation r
        where r.tenant_id = c.tenant_id
          and r.classification_id = c.id
    ) as revoked,
    exists (
        select from investor_classification_approval a
        where a.tenant_id = c.tenant_id
          and a.classification_id = c.id
    ) as approved
from investor_classification c
where c.investor_id = $1
  and c.id = $2
