update sign_in_failure
set last_failed_at = now(),
    failures = case when last_failed_at < now() - interval '12 hours' then 1 else least(failures, 1000000) + 1 end
where (scope, key_hash) in (
    select tried.scope, tried.key_hash
    from unnest($1::text[], $2::text[]) as tried (scope, key_hash)
)
