select p.version
from user_password p
where p.user_id = $1
  and p.version = (select t.password_version from one_time_token t where t.token_hash = $2)
for no key update of p
