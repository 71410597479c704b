select
    id, investor_id, share_class_id, side, amount::text as amount, currency, units::text as units, outcome,
    rfc3339(decided_at) as decided_at, rfc3339(valid_until) as valid_until, basis_sha256, results
from compliance_decision
where id = $1
