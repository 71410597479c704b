select
    r.class_holders, r.class_holders_not_accredited, r.fund_holders, r.holds_fund,
    trim_scale(r.class_units)::text as class_units, trim_scale(r.class_units_benefit_plans)::text as class_units_benefit_plans,
    trim_scale(r.class_units_of_managers)::text as class_units_of_managers, r.is_manager, r.issuer_purchasers_not_accredited,
    r.is_issuer_purchaser, r.fund_large_organisations
from unnest(
    $1::text[]::uuid[], $2::text[]::uuid[], $3::text[]::jsonb[], $4::text[]::integer[], $5::text[]::integer[]
) with ordinality as asked (share_class_id, investor_id, accepted, max_age_months, max_age_days, place)
cross join share_class_register(
    asked.share_class_id, asked.investor_id, asked.accepted, asked.max_age_months, asked.max_age_days
) r
order by asked.place
