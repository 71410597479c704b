select secret_sealed, secret_key_id, confirmed_at is not null as confirmed, last_step, failures,
       coalesce(extract(epoch from now() - last_failed_at)::bigint, 1000000) as failed_ago
from user_totp
where user_id = $1
