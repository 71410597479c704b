select chain_pending_drop($1) as dropped
