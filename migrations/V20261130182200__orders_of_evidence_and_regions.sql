-- A clear screening that was run before a match, and recorded after it, cleared whom the match had found: what was recorded last
-- counted, whenever it was run. And the region of an address was not recorded, by which some embargoes go; whoever took over shares
-- of another holder was measured as though new ones were made; and who manages a fund was counted beside its benefit plans.

-- An embargo may be of a region: ISO 3166-2, of the country of residence. It is part of who an investor is.
alter table investor
    add column region text,
    add constraint investor_region_form check (region ~ '^[A-Z]{2}-[A-Z0-9]{1,3}$' and left(region, 2) = residence),
    -- Funds that they, or an affiliate, manage or advise: a relation to these, and no part of who they are.
    add column manages_funds uuid[] not null default '{}';

create or replace function investor_identity(whose investor) returns jsonb
    language sql stable set search_path = public, pg_temp
as $$
    select (to_jsonb(whose)
            - array['permits', 'benefit_plan', 'manages_funds', 'acknowledgements', 'version', 'identity_version',
                    'identity_changed_at', 'created_at', 'updated_at'])
        || jsonb_build_object(
            'other_names', (select jsonb_agg(one order by one) from unnest(whose.other_names) as one),
            'nationalities', (select jsonb_agg(one order by one) from unnest(whose.nationalities) as one),
            'beneficial_owners', case jsonb_typeof(whose.beneficial_owners) when 'array' then (
                select coalesce(jsonb_agg(known.fields order by known.fields), '[]')
                from jsonb_array_elements(whose.beneficial_owners) as owner (document),
                    lateral (select jsonb_object_agg(f.key, f.value) as fields
                             from jsonb_each(owner.document - 'identified_on') as f
                             where f.value not in ('null'::jsonb, 'false'::jsonb)) as known) end)
$$;

-- Of verifications and screenings the last one that is not revoked stands, unless it speaks better of the investor than one that
-- was recorded before it and is of a later day: what was found later is not undone by what was found earlier, in whatever order
-- they arrive. What speaks worse always counts at once.
create or replace view investor_profile with (security_invoker = true) as
select i.tenant_id, i.id, i.kind, i.residence, i.version, rfc3339(i.created_at) as created_at, rfc3339(i.updated_at) as updated_at,
    jsonb_build_object(
        'profile', jsonb_build_object(
            'kind', i.kind,
            'name', i.name,
            'other_names', i.other_names,
            'birth_date', i.birth_date,
            'incorporated_on', i.incorporated_on,
            'registration_number', i.registration_number,
            'lei', i.lei,
            'residence', i.residence,
            'region', i.region,
            'nationalities', i.nationalities,
            'permits', i.permits,
            'benefit_plan', i.benefit_plan,
            'manages_funds', i.manages_funds,
            'beneficial_owners', i.beneficial_owners,
            'acknowledgements', i.acknowledgements),
        'identity_version', i.identity_version,
        'identity_changed_at', rfc3339(i.identity_changed_at),
        'kyc', (
            select jsonb_build_object('id', v.id, 'status', v.status, 'verified_on', v.verified_on, 'expires_on', v.expires_on,
                'recorded_at', rfc3339(v.recorded_at), 'stale', v.identity_version <> i.identity_version)
            from investor_verification v
            where v.tenant_id = i.tenant_id and v.investor_id = i.id
              and not exists (select from investor_revocation r where r.tenant_id = v.tenant_id and r.verification_id = v.id)
              and not exists (
                  select from investor_verification w
                  where w.tenant_id = v.tenant_id and w.investor_id = v.investor_id and w.number < v.number
                    and w.status = 'rejected' and v.status <> 'rejected' and w.verified_on > v.verified_on
                    and not exists (select from investor_revocation r where r.tenant_id = w.tenant_id and r.verification_id = w.id)
                    and not exists (
                        select from investor_verification a
                        where a.tenant_id = w.tenant_id and a.investor_id = w.investor_id
                          and a.number > w.number and a.number < v.number
                          and a.status = 'verified' and a.verified_on >= w.verified_on
                          and not exists (
                              select from investor_revocation r where r.tenant_id = a.tenant_id and r.verification_id = a.id)))
            order by v.number desc limit 1),
        'screening', (
            select jsonb_build_object('id', s.id, 'outcome', s.outcome, 'screened_at', rfc3339(s.screened_at), 'source', s.source,
                'recorded_at', rfc3339(s.recorded_at), 'stale', s.identity_version <> i.identity_version)
            from investor_screening s
            where s.tenant_id = i.tenant_id and s.investor_id = i.id
              and not exists (select from investor_revocation r where r.tenant_id = s.tenant_id and r.screening_id = s.id)
              and not exists (
                  select from investor_screening w
                  where w.tenant_id = s.tenant_id and w.investor_id = s.investor_id and w.number < s.number
                    and array_position(array['clear', 'possible_match', 'match'], w.outcome)
                        > array_position(array['clear', 'possible_match', 'match'], s.outcome)
                    and w.screened_at > s.screened_at
                    and not exists (select from investor_revocation r where r.tenant_id = w.tenant_id and r.screening_id = w.id)
                    -- Unless that one was answered meanwhile, by a run as late as it was.
                    and not exists (
                        select from investor_screening a
                        where a.tenant_id = w.tenant_id and a.investor_id = w.investor_id
                          and a.number > w.number and a.number < s.number
                          and array_position(array['clear', 'possible_match', 'match'], a.outcome)
                              < array_position(array['clear', 'possible_match', 'match'], w.outcome)
                          and a.screened_at >= w.screened_at
                          and not exists (
                              select from investor_revocation r where r.tenant_id = a.tenant_id and r.screening_id = a.id)))
            order by s.number desc limit 1),
        'wallets', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'id', w.id, 'chain_id', w.chain_id, 'address', w.address, 'verified_at', rfc3339(w.proven_at))
                order by w.chain_id, w.address), '[]')
            from investor_wallet w where w.tenant_id = i.tenant_id and w.investor_id = i.id and w.removed_at is null),
        'classifications', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'id', c.id, 'kind', c.kind, 'evidence', c.evidence, 'reference', c.reference, 'issued_on', c.issued_on,
                'expires_on', c.expires_on, 'figures', c.figures, 'recorded_at', rfc3339(c.created_at))
                order by c.issued_on, c.number), '[]')
            from investor_classification c
            where c.tenant_id = i.tenant_id and c.investor_id = i.id
              and not exists (select from investor_revocation r where r.tenant_id = c.tenant_id and r.classification_id = c.id))
    )::text as profile
from investor i;

-- A decision, or a rule, about who takes over shares of another holder.
alter table compliance_decision
    drop constraint compliance_decision_side_known,
    add constraint compliance_decision_side_known check (side in ('subscribe', 'receive', 'transfer', 'redeem'));
alter table compliance_rule
    drop constraint compliance_rule_applies_to_known,
    add constraint compliance_rule_applies_to_known check (
        cardinality(applies_to) > 0 and applies_to <@ array['subscribe', 'receive', 'transfer', 'redeem']);

-- As before, and two things more. What those hold who manage or advise the fund, and are no benefit plan, stands beside the sums
-- (29 CFR 2510.3-101(f)(1) leaves it out). And evidence ends with the newer evidence of the same kind that takes its place, as it
-- does for the investor themselves, and holds on the last day of a month that has no later one: a letter that was replaced by one that has expired made nobody accredited but in this count.
drop function share_class_register(uuid, uuid, jsonb, integer, integer);
create function share_class_register(
        wanted_class uuid, wanted_investor uuid, accepted_evidence jsonb, max_age_months integer, max_age_days integer)
    returns table (class_holders bigint, class_holders_not_accredited bigint, fund_holders bigint, holds_fund boolean,
        class_units numeric, class_units_benefit_plans numeric, class_units_of_managers numeric, is_manager boolean,
        issuer_purchasers_not_accredited bigint, is_issuer_purchaser boolean)
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
               c.id = wanted.id as of_class, c.fund_id = wanted.fund_id as of_fund
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
           p.issuer_purchasers_not_accredited, p.is_issuer_purchaser
    from of_holders h cross join of_purchasers p
$$;
alter function share_class_register(uuid, uuid, jsonb, integer, integer) owner to fundrail_system;
revoke all on function share_class_register(uuid, uuid, jsonb, integer, integer) from public;
grant execute on function share_class_register(uuid, uuid, jsonb, integer, integer) to fundrail_app;
