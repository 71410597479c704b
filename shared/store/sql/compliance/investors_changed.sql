select
    (
        select rfc3339(min(known.at))
        from (
            select recorded_at from investor_change where investor_id = asked.investor_id
            union all
            select recorded_at from investor_verification where investor_id = asked.investor_id
            union all
            select recorded_at from kyc_transition where investor_id = asked.investor_id and event in ('approved', 'rejected')
            union all
            select recorded_at from investor_screening where investor_id = asked.investor_id
            union all
            select created_at from investor_classification where investor_id = asked.investor_id
            union all
            select approved_at from investor_classification_approval where investor_id = asked.investor_id
            union all
            select revoked_at from investor_revocation where investor_id = asked.investor_id
            union all
            select unnest(array[created_at, proven_at]) from investor_wallet where investor_id = asked.investor_id
        ) as known (at)
        where known.at >= asked.since
    ) as first
from unnest($1::text[]::uuid[], $2::text[]::timestamptz[]) with ordinality as asked (investor_id, since, place)
order by asked.place
