update wallet_challenge
set used_at = $2::text::timestamptz,
    signature = $3
where id = $1
  and used_at is null
