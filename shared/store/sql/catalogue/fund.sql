select
    f.id,
    f.name,
    i.id as issuer_id,
    i.name as issuer_name,
    f.strategy,
    f.domicile,
    f.legal_form,
    f.status,
    f.base_currency,
    f.description,
    f.launched_on::text as launched_on,
    rfc3339(f.updated_at) as updated_at,
    f.version,
    rfc3339(f.deleted_at) as deleted_at,
    i.tenant_id as issuer_tenant_id
from fund f
join issuer i on i.id = f.issuer_id
where f.id = $1
  and (is_listed(f.status, f.deleted_at) or $2)
