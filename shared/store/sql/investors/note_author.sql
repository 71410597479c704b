insert into investor_author as a (tenant_id, investor_id, user_id, version)
select
    i.tenant_id,
    i.id,
    who.user_id,
    i.version
from investor i
cross join (
    select $2::uuid as user_id
    union
    select k.created_by
    from api_key k
    where k.id = $3
    union
    select k.made_by
    from api_key k
    where k.id = $3
) who
where i.id = $1
  and who.user_id is not null
on conflict (tenant_id, investor_id, user_id) do update
set version = excluded.version,
    recorded_at = clock_timestamp()
