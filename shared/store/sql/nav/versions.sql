select
    v.id,
    v.position,
    v.nav_date::text as nav_date,
    v.per_share::text as per_share,
    rfc3339(v.published_at) as published_at,
    v.source,
    v.replaces,
    v.reason,
    v.approved_by is not null as approved,
    later.id as replaced_by
from nav_version v
left join nav_version later on later.replaces = v.id
where v.share_class_id = $3
  and ($4::text is null or v.nav_date = $4::text::date)
