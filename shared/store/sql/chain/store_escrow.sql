select escrow_store($1, $2) as escrow_id
