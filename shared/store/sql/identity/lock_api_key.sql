select secret_hash
from api_key
where id = $1
for update
