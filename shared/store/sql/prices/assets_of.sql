select a.id, a.symbol, a.name, a.asset_class, a.currency, c.fund_id, a.share_class_id
from asset a
left join share_class c on c.id = a.share_class_id
where (a.share_class_id is null or c.listed)
  and ($3::text is null or a.asset_class = $3)
  and ($4::text is null or a.currency = $4)
