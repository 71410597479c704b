select coalesce(max(created_at) < now() - interval '30 days', false) as due
from signing_key
