update session
set mfa_at = $2::text::timestamptz
where id = $1
