select scope, failures, extract(epoch from now() - last_failed_at)::bigint as age
from sign_in_failure
where (scope, key_hash) in (
    select tried.scope, tried.key_hash
    from unnest($1::text[], $2::text[]) as tried (scope, key_hash)
)
order by scope
for update
