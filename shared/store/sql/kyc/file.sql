select
    coalesce(f.state, 'draft') as state,
    rfc3339(coalesce(f.since, i.created_at)) as since,
    f.valid_until::text as valid_until,
    i.version,
    i.identity_version,
    kyc_content_sha256(i) as content_sha256,
    l.identity_version as last_identity_version,
    l.content_sha256 as last_content_sha256,
    s.id as submission_id,
    rfc3339(s.recorded_at) as submitted_at,
    s.acted_by as submitted_by,
    s.acted_with as submitted_with,
    s.key_made_by as submission_key_made_by,
    s.politically_exposed,
    s.source_of_funds,
    coalesce(
        (
            select a.version
            from kyc_transition a
            where a.tenant_id = i.tenant_id
              and a.investor_id = i.id
              and a.event = 'approved'
            order by a.number desc
            limit 1
        ),
        0
    ) as approved_version
from investor i
left join kyc_file f on f.tenant_id = i.tenant_id and f.investor_id = i.id
left join lateral (
    select t.identity_version, t.content_sha256
    from kyc_transition t
    where t.tenant_id = i.tenant_id
      and t.investor_id = i.id
    order by t.number desc
    limit 1
) l on true
left join lateral (
    select t.id, t.recorded_at, t.acted_by, t.acted_with, t.key_made_by, t.politically_exposed, t.source_of_funds
    from kyc_transition t
    where t.tenant_id = i.tenant_id
      and t.investor_id = i.id
      and t.event = 'submitted'
    order by t.number desc
    limit 1
) s on true
where i.id = $1
