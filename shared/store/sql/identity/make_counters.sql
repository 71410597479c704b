insert into sign_in_failure (scope, key_hash, failures, last_failed_at)
select scope, key_hash, 0, now()
from unnest($1::text[], $2::text[]) as tried (scope, key_hash)
on conflict do nothing
