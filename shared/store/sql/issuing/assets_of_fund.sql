select a.id, a.symbol
from share_class c
join asset a on a.share_class_id = c.id
where c.fund_id = $1
order by a.id
