select id
from fund
where issuer_id = $1
order by id
