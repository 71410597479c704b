select entry, outcome, before
from chain_intake($1, $2, $3, $4)
