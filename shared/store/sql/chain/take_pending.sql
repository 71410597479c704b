select chain_id, block_hash, log_index, removal, delivery, subject
from chain_pending_take($1)
