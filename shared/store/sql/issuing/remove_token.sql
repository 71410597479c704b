delete from share_class_token
where share_class_id = $1
  and chain_id = $2
