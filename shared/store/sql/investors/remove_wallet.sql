update investor_wallet
set removed_at = now()
where investor_id = $1
  and id = $2
  and removed_at is null
