select symbol, asset_class, currency, price::text as price, source, rfc3339(as_of) as as_of, dealing_frequency
from latest_price
where ($3::text is null or asset_class = $3)
  and ($4::text is null or currency = $4)
