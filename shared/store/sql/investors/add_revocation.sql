insert into investor_revocation (
    tenant_id,
    id,
    investor_id,
    reason,
    classification_id,
    verification_id,
    screening_id,
    wallet_id
)
values (
    app_tenant_id(),
    $1,
    $2,
    $3,
    case $4::text when 'classification' then $5::uuid end,
    case $4::text when 'verification' then $5::uuid end,
    case $4::text when 'screening' then $5::uuid end,
    case $4::text when 'wallet' then $5::uuid end
)
on conflict do nothing
