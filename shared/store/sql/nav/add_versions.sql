insert into nav_version (
    id,
    share_class_id,
    position,
    nav_date,
    per_share,
    published_at,
    source,
    published_by,
    published_with
)
select v.id, $1, 0, v.nav_date, v.per_share, $3::text::timestamptz, 'issuer', $4, $5
from jsonb_to_recordset($2::text::jsonb) as v (id uuid, nav_date date, per_share numeric)
order by v.nav_date
