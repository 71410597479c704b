select id
from investor
where id = $1
for no key update
