select
    message,
    rfc3339(expires_at) as expires_at,
    used_at is not null as used
from wallet_challenge
where wallet_id = $1
  and id = $2
for update
