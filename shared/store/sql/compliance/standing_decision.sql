select
    id, investor_id, share_class_id, side, amount::text as amount, currency, units::text as units, outcome,
    rfc3339(decided_at) as decided_at, rfc3339(valid_until) as valid_until, basis_sha256, results
from compliance_decision
where basis_sha256 = $1
  and valid_until > $2::text::timestamptz
  and ($3::text is null or valid_until <= $3::text::timestamptz)
order by valid_until desc
limit 1
