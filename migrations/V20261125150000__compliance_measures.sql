-- One measure for holdings and orders, evidence by calendar months, dated reviews of lists that others keep, purchasers of an
-- issuer, and rules that are seen at once, whoever changes them.

-- For how many days after its date a net asset value measures holdings. Past that a person decides: never what was paid.
alter table share_class
    add column nav_max_age_days integer not null default 7,
    add constraint share_class_nav_max_age_range check (nav_max_age_days between 1 and 400);

-- "Within the prior three months" means months of the calendar; 90 days are two days less or two more.
alter table compliance_rule
    add column evidence_max_age_months integer,
    add constraint compliance_rule_max_age_months_range check (evidence_max_age_months between 1 and 1200);

-- That what a rule lists was compared with where it comes from, and when that has to be done again. Append-only.
create table compliance_rule_review (
    id             bigint generated always as identity primary key,
    rule_id        text not null,
    rule_version   integer not null,
    reviewed_on    date not null,
    next_review_on date not null,
    -- What it was compared with, as of when.
    source         text not null,
    constraint compliance_rule_review_rule foreign key (rule_id, rule_version) references compliance_rule (id, version),
    constraint compliance_rule_review_once unique (rule_id, rule_version, reviewed_on, next_review_on),
    constraint compliance_rule_review_order check (next_review_on >= reviewed_on),
    constraint compliance_rule_review_source_length check (char_length(source) between 1 and 500)
);
grant select on compliance_rule_review to fundrail_app, fundrail_system;

-- Counts every change of rules, in the transaction of the change. It is read in one statement with the facts of a check and is
-- part of the key under which rules are cached: of an older version nothing is ever used, be it changed by a migration, a seed
-- or by hand.
create table compliance_rules_version (
    only_one   boolean primary key default true,
    version    bigint not null,
    changed_at timestamptz not null,
    constraint compliance_rules_version_single check (only_one)
);
insert into compliance_rules_version (version, changed_at) values (1, now());
grant select on compliance_rules_version to fundrail_app, fundrail_system;

create function compliance_rules_changed() returns trigger
    language plpgsql set search_path = public, pg_temp
as $$
begin
    update compliance_rules_version set version = version + 1, changed_at = clock_timestamp();
    return null;
end
$$;
create trigger rule_set_changed after insert or update or delete or truncate on rule_set
    for each statement execute function compliance_rules_changed();
create trigger compliance_rule_changed after insert or update or delete or truncate on compliance_rule
    for each statement execute function compliance_rules_changed();
create trigger rule_set_rule_changed after insert or update or delete or truncate on rule_set_rule
    for each statement execute function compliance_rules_changed();
create trigger compliance_rule_review_changed after insert or update or delete or truncate on compliance_rule_review
    for each statement execute function compliance_rules_changed();

-- An order is for an amount or for a number of shares.
alter table compliance_decision
    alter column amount drop not null,
    alter column currency drop not null,
    add column units numeric,
    add constraint compliance_decision_units_positive check (units > 0),
    add constraint compliance_decision_quantity check (
        (amount is null) = (currency is null) and (amount is null) <> (units is null));

-- A company of one family is a qualified purchaser with less than others (Investment Company Act 2(a)(51)(A)(ii)).
alter table investor_classification
    drop constraint investor_classification_kind_known,
    add constraint investor_classification_kind_known check (kind in (
        'us_accredited', 'us_qualified_purchaser', 'us_family_company', 'us_qualified_institutional_buyer',
        'mifid_professional', 'mifid_professional_elective', 'mifid_eligible_counterparty', 'mifid_retail',
        'lux_well_informed'));

-- Counts shares rather than what was paid for them, and purchasers from the issuer rather than holders of a class.
--
-- Accredited is who shows it by evidence of an accepted kind that is in force: begun anywhere on Earth (a day begins at UTC+14),
-- neither expired nor too old. A holder has to show it today, a purchaser on the day of the purchase. Without a greatest age
-- (both parts null) evidence does not grow old; without kinds any will do.
drop function share_class_register(uuid, uuid);
create function share_class_register(
        wanted_class uuid, wanted_investor uuid, accepted_evidence jsonb, max_age_months integer, max_age_days integer)
    returns table (class_holders bigint, class_holders_not_accredited bigint, fund_holders bigint, holds_fund boolean,
        class_units numeric, class_units_benefit_plans numeric, issuer_purchasers_not_accredited bigint,
        is_issuer_purchaser boolean)
    language sql stable security definer set search_path = public, pg_temp
as $$
    with clock as (
        select now() at time zone 'utc' as at, (now() at time zone 'utc')::date as today
    ),
    lot as (
        select l.tenant_id, l.investor_id, l.units, l.acquired_at at time zone 'utc' as acquired_at,
               c.id = wanted_class as of_class, c.fund_id = wanted.fund_id as of_fund
        from share_class wanted
        join fund wanted_fund on wanted_fund.id = wanted.fund_id
        join fund f on f.issuer_id = wanted_fund.issuer_id
        join share_class c on c.fund_id = f.id
        join holding_lot l on l.share_class_id = c.id
        where wanted.id = wanted_class
    ),
    accredited as (
        select a.tenant_id, a.investor_id, a.issued_on::timestamp - interval '14 hours' as begins,
               least((a.expires_on + 1)::timestamp,
                     (a.issued_on + 1)::timestamp + make_interval(months => max_age_months, days => max_age_days)) as ends
        from investor_classification_standing a
        where a.kind = 'us_accredited' and (accepted_evidence is null or accepted_evidence ? a.evidence)
    ),
    holder as (
        select l.tenant_id, l.investor_id, bool_or(l.of_class) as holds_class,
               coalesce(sum(l.units) filter (where l.of_class), 0) as units
        from lot l
        where l.of_fund
        group by l.tenant_id, l.investor_id
    ),
    of_holders as (
        select count(*) filter (where h.holds_class) as class_holders,
               count(*) filter (where h.holds_class and not exists (
                   select from accredited a
                   where a.tenant_id = h.tenant_id and a.investor_id = h.investor_id
                     and a.begins <= clock.at and (a.ends is null or a.ends > clock.at))) as class_holders_not_accredited,
               count(*) as fund_holders,
               coalesce(bool_or(h.tenant_id = app_tenant_id() and h.investor_id = wanted_investor), false) as holds_fund,
               coalesce(sum(h.units), 0) as class_units,
               coalesce(sum(h.units) filter (where i.benefit_plan), 0) as class_units_benefit_plans
        from holder h
        join investor i on i.tenant_id = h.tenant_id and i.id = h.investor_id
        cross join clock
    ),
    -- Any 90 calendar days: those that end today (17 CFR 230.506(b)(2)(i)).
    purchaser as (
        select distinct l.tenant_id, l.investor_id
        from lot l
        cross join clock
        where l.acquired_at::date > clock.today - 90
          and not exists (
              select from accredited a
              where a.tenant_id = l.tenant_id and a.investor_id = l.investor_id
                and a.begins <= l.acquired_at and (a.ends is null or a.ends > l.acquired_at))
    ),
    of_purchasers as (
        select count(*) as issuer_purchasers_not_accredited,
               coalesce(bool_or(p.tenant_id = app_tenant_id() and p.investor_id = wanted_investor), false)
                   as is_issuer_purchaser
        from purchaser p
    )
    select h.class_holders, h.class_holders_not_accredited, h.fund_holders, h.holds_fund, h.class_units,
           h.class_units_benefit_plans, p.issuer_purchasers_not_accredited, p.is_issuer_purchaser
    from of_holders h cross join of_purchasers p
$$;
alter function share_class_register(uuid, uuid, jsonb, integer, integer) owner to fundrail_system;
revoke all on function share_class_register(uuid, uuid, jsonb, integer, integer) from public;
grant execute on function share_class_register(uuid, uuid, jsonb, integer, integer) to fundrail_app;
