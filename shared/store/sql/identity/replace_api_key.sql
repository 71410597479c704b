update api_key
set replaced_by = $2, expires_at = $3::text::timestamptz
where id = $1
