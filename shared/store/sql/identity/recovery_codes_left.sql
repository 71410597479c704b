select count(*) as codes
from user_recovery_code
where user_id = $1
  and used_at is null
