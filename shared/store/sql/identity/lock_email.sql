select email
from app_user
where id = $1
for no key update
