select escrow_withdraw($1, $2, $3) as escrow_id
