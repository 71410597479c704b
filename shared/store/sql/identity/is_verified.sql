select email_verified_at is not null as is_verified
from app_user
where id = $1
