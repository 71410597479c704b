-- Whether the connection's tenant is the issuer of a fund.
--
-- Called by the policies of share_class, and by `fund-listing`.
create or replace function app_issues_fund(wanted uuid) returns boolean
    language sql stable parallel safe
    as $$
        select exists (
            select from fund f join issuer i on i.id = f.issuer_id
            where f.id = wanted and i.tenant_id = app_tenant_id())
    $$;
