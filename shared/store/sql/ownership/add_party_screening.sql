insert into ownership_party_screening (tenant_id, id, party_id, outcome, screened_at, source)
values (app_tenant_id(), $1, $2, $3, $4::text::timestamptz, $5)
