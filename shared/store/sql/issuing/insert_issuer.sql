insert into issuer (id, tenant_id, name, country, lei, website, description)
values ($1, app_tenant_id(), $2, $3, $4, $5, $6)
