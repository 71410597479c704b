select exists (select from user_address where user_id = $1 and address_hash = $2) as known
