select kind, id, sealed, key_id
from secrets_to_reencrypt($1, $2)
