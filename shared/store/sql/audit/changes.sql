select id, secret_sealed, secret_key_id
from investor_change
where id = any ($1::text[]::uuid[])
