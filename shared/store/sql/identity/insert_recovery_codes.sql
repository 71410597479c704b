insert into user_recovery_code (user_id, code_hash)
select $1, code_hash
from unnest($2::text[]) as code_hash
