insert into nav_proposal (
    id,
    share_class_id,
    nav_date,
    per_share,
    replaces,
    reason,
    move_bps,
    proposed_by,
    proposed_with,
    key_made_by,
    proposed_at
)
values ($1, $2, $3::text::date, $4::text::numeric, $5, $6, $7::text::numeric, $8, $9, $10, $11::text::timestamptz)
