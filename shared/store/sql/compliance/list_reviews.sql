select
    r.id as rule_id,
    r.version as rule_version,
    r.source as rule_source,
    w.source,
    w.reviewed_on::text as reviewed_on,
    w.next_review_on::text as next_review_on,
    (now() at time zone 'utc')::date > w.next_review_on as overdue
from compliance_rule r
cross join lateral (
    select l.source, l.reviewed_on, l.next_review_on
    from compliance_rule_review l
    where l.rule_id = r.id
      and l.rule_version = r.version
    order by l.reviewed_on desc, l.id desc
    limit 1
) w
where r.effective_from <= now()
  and (r.effective_to is null or r.effective_to > now())
order by w.next_review_on, r.id, r.version
