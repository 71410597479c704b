insert into ownership_party (tenant_id, id, kind, name, birth_date, residence, identifier)
values (app_tenant_id(), $1, $2, $3, $4::text::date, $5, $6)
