select array(
    select 'session:' || id
    from session
    where user_id = $1
      and revoked_at is null
      and expires_at > now()
    union all
    select 'apikey:' || secret_hash
    from api_key
    where created_by = $1
      and revoked_at is null
      and expires_at > now()
) as marks
