select extract(epoch from now() - created_at)::bigint as age
from one_time_token
where user_id = $1
  and purpose = $2
  and from_known = $3
  and created_at > now() - interval '1 day'
order by created_at desc
