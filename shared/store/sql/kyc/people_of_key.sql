select
    created_by,
    made_by
from api_key
where id = $1
