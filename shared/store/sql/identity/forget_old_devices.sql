delete from user_device
where user_id = $1
  and token_hash in (
      select token_hash
      from user_device
      where user_id = $1
      order by last_seen_at desc, token_hash
      offset 10
  )
