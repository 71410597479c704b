select chain_pending_given_up() as given_up
