select
    p.id,
    p.nav_date::text as nav_date,
    p.per_share::text as per_share,
    c.currency,
    p.replaces,
    p.reason,
    p.move_bps::text as move_bps,
    c.nav_move_limit_bps,
    p.state,
    p.proposed_by,
    p.proposed_with,
    p.key_made_by,
    rfc3339(p.proposed_at) as proposed_at,
    p.decided_by,
    rfc3339(p.decided_at) as decided_at,
    p.decision_reason,
    p.version_id
from nav_proposal p
join share_class c on c.id = p.share_class_id
where p.share_class_id = $1
  and p.id = $2
