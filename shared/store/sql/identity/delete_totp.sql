delete from user_totp
where user_id = $1
  and confirmed_at is not null
