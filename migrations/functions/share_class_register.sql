-- Figures on the holders of all tenants: laws limit how many there may be. Only counts and sums cross tenants. The same investor
-- recorded by two tenants counts twice, which errs on the safe side of the limit. It counts shares rather than what was paid for
-- them, and purchasers from the issuer rather than holders of a share class. The holdings of those who manage or advise the fund,
-- and are not benefit plans, are given separately (29 CFR 2510.3-101(f)(1) excludes them).
--
-- An investor is accredited if shown to be by evidence of an accepted kind that is in force: begun anywhere on Earth (a day
-- begins at UTC+14), neither expired nor too old, and not replaced by newer evidence of the same kind. For a holder this must
-- hold today, for a purchaser on the day of the purchase. Without a maximum age (both parts null) evidence does not become too
-- old; without kinds any will do. Calendar months include the last day of a month that has no corresponding day.
--
-- Called by `compliance-check`.
create or replace function share_class_register(
        wanted_class uuid, wanted_investor uuid, accepted_evidence jsonb, max_age_months integer, max_age_days integer)
    returns table (class_holders bigint, class_holders_not_accredited bigint, fund_holders bigint, holds_fund boolean,
        class_units numeric, class_units_benefit_plans numeric, class_units_of_managers numeric, is_manager boolean,
        issuer_purchasers_not_accredited bigint, is_issuer_purchaser boolean, fund_large_organisations bigint)
    language sql stable security definer set search_path = public, pg_temp
as $$
    with clock as (
        select now() at time zone 'utc' as at, (now() at time zone 'utc')::date as today
    ),
    wanted as (
        select c.id, c.fund_id, f.issuer_id
        from share_class c join fund f on f.id = c.fund_id
        where c.id = wanted_class
    ),
    lot as (
        select l.tenant_id, l.investor_id, l.units, l.acquired_at at time zone 'utc' as acquired_at,
               c.id as share_class_id, c.id = wanted.id as of_class, c.fund_id = wanted.fund_id as of_fund
        from wanted
        join fund f on f.issuer_id = wanted.issuer_id
        join share_class c on c.fund_id = f.id
        join holding_lot l on l.share_class_id = c.id
    ),
    accredited as (
        select a.tenant_id, a.investor_id, a.issued_on::timestamp - interval '14 hours' as begins,
               least((a.expires_on + 1)::timestamp,
                     greatest(
                         (a.issued_on + 1)::timestamp + make_interval(months => max_age_months, days => max_age_days),
                         (a.issued_on + make_interval(months => max_age_months)) + make_interval(days => max_age_days + 1)),
                     (select min(b.issued_on)::timestamp - interval '14 hours'
                      from investor_classification_standing b
                      where b.tenant_id = a.tenant_id and b.investor_id = a.investor_id
                        and b.kind = a.kind and b.evidence = a.evidence
                        and (b.issued_on, b.number) > (a.issued_on, a.number))) as ends
        from (select distinct l.tenant_id, l.investor_id from lot l) known
        join investor_classification_standing a on a.tenant_id = known.tenant_id and a.investor_id = known.investor_id
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
               coalesce(sum(h.units) filter (where i.benefit_plan), 0) as class_units_benefit_plans,
               coalesce(sum(h.units) filter (where not i.benefit_plan and wanted.fund_id = any (i.manages_funds)), 0)
                   as class_units_of_managers
        from holder h
        join investor i on i.tenant_id = h.tenant_id and i.id = h.investor_id
        cross join clock
        cross join wanted
    ),
    -- Whose holders may count instead of them (Investment Company Act 3(c)(1)(A)).
    part as (
        select l.tenant_id, l.investor_id, sum(l.units) as units, sum(sum(l.units)) over (partition by l.share_class_id) as of_units
        from lot l
        where l.of_fund
        group by l.share_class_id, l.tenant_id, l.investor_id
    ),
    of_organisations as (
        select count(distinct (p.tenant_id, p.investor_id)) as fund_large_organisations
        from part p
        join investor i on i.tenant_id = p.tenant_id and i.id = p.investor_id
        where i.kind = 'legal' and p.units > 0 and p.units * 10 >= p.of_units
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
           h.class_units_benefit_plans, h.class_units_of_managers,
           coalesce((select not i.benefit_plan and wanted.fund_id = any (i.manages_funds)
                     from investor i cross join wanted
                     where i.tenant_id = app_tenant_id() and i.id = wanted_investor), false),
           p.issuer_purchasers_not_accredited, p.is_issuer_purchaser, o.fund_large_organisations
    from of_holders h cross join of_purchasers p cross join of_organisations o
$$;

alter function share_class_register(uuid, uuid, jsonb, integer, integer) owner to fundrail_system;
revoke all on function share_class_register(uuid, uuid, jsonb, integer, integer) from public;
