select
    t.number,
    t.id,
    t.event,
    t.from_state,
    t.to_state,
    t.acted_by,
    t.acted_with,
    t.reason,
    t.risk,
    t.risk_factors,
    t.submission_id,
    t.valid_until::text as valid_until,
    t.identity_version,
    rfc3339(t.recorded_at) as recorded_at
from kyc_transition t
where t.investor_id = $3
