select
    c.currency,
    c.launched_on::text as launched_on,
    c.nav_move_limit_bps,
    a.id as asset_id,
    a.symbol
from share_class c
join fund f on f.id = c.fund_id
left join asset a on a.share_class_id = c.id
where c.id = $1
  and c.fund_id = $2
  and c.deleted_at is null
  and f.deleted_at is null
  and app_issues_fund(c.fund_id)
