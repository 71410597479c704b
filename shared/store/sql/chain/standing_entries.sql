select id, block_hash, log_index, account, address, token, debit, credit
from escrow_ledger_standing($1, $2)
