select
    of_interval.nav_date::text as nav_date,
    of_interval.per_share::text as per_share
from (
    select distinct on (date_trunc($2, n.nav_date::timestamp)) n.nav_date, n.per_share
    from nav n
    where n.share_class_id = $1
      and ($3::text is null or n.nav_date >= $3::text::date)
      and ($4::text is null or n.nav_date <= $4::text::date)
    order by date_trunc($2, n.nav_date::timestamp), n.nav_date desc
) of_interval
order by of_interval.nav_date
