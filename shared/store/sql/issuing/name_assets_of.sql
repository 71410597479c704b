select share_class_name_asset(c.id, a.id, a.symbol)::text as named
from share_class c
join asset a on a.share_class_id = c.id
where c.fund_id = $1
