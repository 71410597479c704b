select
    created_by as person,
    id as key,
    made_by as key_maker
from api_key
where id = $1
  and revoked_at is null
  and expires_at > now()
  and 'funds:write' = any (scopes)
