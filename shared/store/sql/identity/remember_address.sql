insert into user_address (user_id, address_hash)
values ($1, $2)
on conflict (user_id, address_hash) do update
set last_seen_at = now()
