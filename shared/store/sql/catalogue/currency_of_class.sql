select currency
from share_class
where id = $1
  and fund_id = $2
