select count(*) as owners
from membership_role
where role = 'owner'
  and user_id <> $1
