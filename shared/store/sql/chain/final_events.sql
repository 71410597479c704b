select block_hash, log_index
from escrow_final_events($1, $2)
