select email
from app_user
where id = $1
