select user_id, new_email
from auth_use_email_change($1)
