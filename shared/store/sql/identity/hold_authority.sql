select roles, permissions
from authority_hold($1, $2, $3, $4, $5)
