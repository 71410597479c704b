select id, kind, recipient, payload, secret_sealed, secret_key_id, attempts
from notification_claim($1, $2, $3)
