select
    f.investor_id,
    i.name,
    i.kind,
    f.state,
    rfc3339(f.since) as since,
    f.valid_until::text as valid_until
from kyc_file f
join investor i on i.tenant_id = f.tenant_id and i.id = f.investor_id
where ($3::text is null or f.state = $3)
