select
    id, investor_id, share_class_id, side, amount::text as amount, currency, units::text as units, outcome,
    rfc3339(decided_at) as decided_at, rfc3339(valid_until) as valid_until, basis_sha256
from compliance_decision
where ($3::uuid is null or investor_id = $3)
  and ($4::uuid is null or share_class_id = $4)
  and ($5::text is null or outcome = $5)
