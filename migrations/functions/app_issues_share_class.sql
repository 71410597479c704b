-- Whether the connection's tenant is the issuer of a share class's fund.
--
-- Called by the policies of what depends on a share class: its tokens, values and proposals.
create or replace function app_issues_share_class(wanted uuid) returns boolean
    language sql stable parallel safe
    as $$
        select exists (
            select from share_class c join fund f on f.id = c.fund_id join issuer i on i.id = f.issuer_id
            where c.id = wanted and i.tenant_id = app_tenant_id())
    $$;
