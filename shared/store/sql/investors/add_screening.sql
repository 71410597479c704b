insert into investor_screening (tenant_id, id, investor_id, identity_version, outcome, screened_at, source)
select
    i.tenant_id,
    $1,
    i.id,
    i.identity_version,
    $3,
    $4::text::timestamptz,
    $5
from investor i
where i.id = $2
