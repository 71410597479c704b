select
    i.id,
    i.name,
    i.country,
    i.lei,
    i.website,
    i.description,
    (select count(*) from fund f where f.issuer_id = i.id and is_listed(f.status, f.deleted_at)) as fund_count,
    rfc3339(i.updated_at) as updated_at,
    i.version
from issuer i
where i.id = $1
