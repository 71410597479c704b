-- Counts a change of rules, whoever makes it.
--
-- Called by the triggers of rule_set, compliance_rule, rule_set_rule and compliance_rule_review.
create or replace function compliance_rules_changed() returns trigger
    language plpgsql set search_path = public, pg_temp
as $$
begin
    update compliance_rules_version set version = version + 1, changed_at = clock_timestamp();
    return null;
end
$$;
