select id, kind, recipient, payload, secret_sealed, secret_key_id, rfc3339(created_at) as created_at,
    rfc3339(sent_at) as sent_at
from notification
where ($3::text is null or recipient = $3)
