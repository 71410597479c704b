select user_id
from investor_author
where investor_id = $1
  and version > $2
