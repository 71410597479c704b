insert into ownership_stake (
    tenant_id,
    id,
    owner_investor_id,
    owner_party_id,
    owned_investor_id,
    owned_party_id,
    percent,
    since,
    until,
    reference
)
values (app_tenant_id(), $1, $2, $3, $4, $5, $6::text::numeric, $7::text::date, $8::text::date, $9)
