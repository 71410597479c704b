update refresh_token
set used_at = $2::text::timestamptz
where id = $1
