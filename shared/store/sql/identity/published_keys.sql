select kid, public_key
from signing_key
where verifies_until is null or verifies_until > now()
order by created_at desc, kid
