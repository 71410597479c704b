select array(
    select 'session:' || id
    from session
    where revoked_at is null
      and expires_at > now()
    union all
    select 'apikey:' || secret_hash
    from api_key
    where revoked_at is null
      and expires_at > now()
) as marks
