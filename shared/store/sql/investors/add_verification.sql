insert into investor_verification (tenant_id, id, investor_id, identity_version, status, verified_on, expires_on)
select
    i.tenant_id,
    $1,
    i.id,
    i.identity_version,
    $3,
    $4::text::date,
    $5::text::date
from investor i
where i.id = $2
