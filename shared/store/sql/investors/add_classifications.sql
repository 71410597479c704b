insert into investor_classification (
    tenant_id,
    id,
    investor_id,
    kind,
    evidence,
    reference,
    issued_on,
    expires_on,
    figures,
    issuer,
    document_sha256,
    recorded_by,
    recorded_with,
    key_made_by
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
    c.figures,
    c.issuer,
    c.document_sha256,
    $3,
    $4,
    $5
from jsonb_to_recordset($2::text::jsonb) as c (
    id uuid,
    kind text,
    evidence text,
    reference text,
    issued_on date,
    expires_on date,
    figures jsonb,
    issuer text,
    document_sha256 text
)
