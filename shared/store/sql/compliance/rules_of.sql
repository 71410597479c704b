select
    jsonb_build_object(
        'id', r.id, 'version', r.version, 'source', r.source, 'applies_to', r.applies_to,
        'predicate', jsonb_build_object(r.predicate, r.params),
        'effective_from', rfc3339(r.effective_from), 'effective_to', rfc3339(r.effective_to),
        'evidence', r.evidence, 'evidence_max_age_months', r.evidence_max_age_months,
        'evidence_max_age_days', r.evidence_max_age_days, 'on_fail', r.on_fail, 'message', r.message,
        'review', (
            select jsonb_build_object('reviewed_on', w.reviewed_on, 'next_review_on', w.next_review_on)
            from compliance_rule_review w
            where w.rule_id = r.id and w.rule_version = r.version
            order by w.reviewed_on desc, w.id desc
            limit 1
        )
    )::text as rule
from compliance_rule r
where r.id in (
    select m.rule_id
    from rule_set_rule m
    join rule_set s on s.code = m.rule_set
    where s.binds_all or s.code = any ($1::text[])
)
order by r.id, r.version
