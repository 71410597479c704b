select symbol, asset_class, currency, price::text as price, source, rfc3339(as_of) as as_of, dealing_frequency
from latest_price
where asset_id = $1 or symbol = $2
