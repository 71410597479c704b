select version
from user_password
where user_id = $1
  and version = $2
for share
