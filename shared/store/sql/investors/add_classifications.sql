insert into investor_classification (
    tenant_id,
    id,
    investor_id,
    kind,
    evidence,
    reference,
    issued_on,
    expires_on,
    figures
)
select
    app_tenant_id(),
    c.id,
    $1,
    c.kind,
    c.evidence,
    c.reference,
    c.issued_on,
    c.expires_on,
    c.figures
from jsonb_to_recordset($2::text::jsonb) as c (
    id uuid,
    kind text,
    evidence text,
    reference text,
    issued_on date,
    expires_on date,
    figures jsonb
)
