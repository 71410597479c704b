select extract(epoch from now() - created_at)::bigint as age
from invitation
where email = $1
  and created_at > now() - interval '1 day'
order by created_at desc
