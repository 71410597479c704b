update sign_in_failure
set failures = case scope when 'address' then greatest(failures - 1, 0) else 0 end
where (scope, key_hash) in (
    select tried.scope, tried.key_hash
    from unnest($1::text[], $2::text[]) as tried (scope, key_hash)
)
