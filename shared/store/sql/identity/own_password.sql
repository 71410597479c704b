select hash, version
from user_password
where user_id = $1
