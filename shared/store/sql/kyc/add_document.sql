insert into kyc_document (tenant_id, id, investor_id, kind, issuer, reference, sha256, issued_on, expires_on)
values (app_tenant_id(), $1, $2, $3, $4, $5, $6, $7::text::date, $8::text::date)
