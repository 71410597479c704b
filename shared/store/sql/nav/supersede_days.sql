update nav_proposal
set state = 'superseded',
    decided_by = $3,
    decided_at = $4::text::timestamptz
where share_class_id = $1
  and nav_date = any ($2::text[]::date[])
  and state = 'pending'
