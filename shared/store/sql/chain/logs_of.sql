select
    block_hash, log_index, block_number, transaction_hash, address, topics, data, received_at, statements, from_factory
from escrow_logs($1, $2)
