update session
set last_used_at = now(), client_address = coalesce($2, client_address)
where id = $1
