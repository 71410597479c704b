select kind
from investor
where id = $1
