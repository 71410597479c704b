select kid, secret_sealed, secret_key_id
from signing_key
where signs_from <= now()
  and (signs_until is null or signs_until > now())
order by signs_from desc, kid
limit 1
