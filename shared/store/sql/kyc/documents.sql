select
    d.id,
    d.kind,
    d.issuer,
    d.reference,
    d.sha256,
    d.issued_on::text as issued_on,
    d.expires_on::text as expires_on,
    rfc3339(d.recorded_at) as recorded_at
from kyc_document d
where d.investor_id = $1
  and not exists (
    select from kyc_document_withdrawal w
    where w.tenant_id = d.tenant_id
      and w.document_id = d.id
  )
order by d.id
