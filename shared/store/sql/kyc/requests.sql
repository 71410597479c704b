select
    id,
    question,
    asked_by,
    rfc3339(asked_at) as asked_at,
    answer,
    answered_by,
    rfc3339(answered_at) as answered_at,
    rfc3339(withdrawn_at) as withdrawn_at
from kyc_request
where investor_id = $1
order by id
