insert into nav_version (
    id,
    share_class_id,
    position,
    nav_date,
    per_share,
    published_at,
    source,
    replaces,
    reason,
    published_by,
    published_with,
    approved_by
)
values ($1, $2, 0, $3::text::date, $4::text::numeric, $5::text::timestamptz, 'issuer', $6, $7, $8, $9, $10)
