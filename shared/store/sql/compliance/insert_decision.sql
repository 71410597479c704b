insert into compliance_decision (
    tenant_id, id, investor_id, share_class_id, side, amount, currency, units, outcome, results, basis, basis_sha256, decided_at,
    valid_until
)
values (
    app_tenant_id(), $1, $2, $3, $4, $5::text::numeric, $6, $7::text::numeric, $8, $9, $10, $11, $12::text::timestamptz,
    $13::text::timestamptz
)
