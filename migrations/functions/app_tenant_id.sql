-- The connection's tenant. A custom setting that was once set reads as '' after a reset, never as null again.
--
-- Called by the policies of every table that belongs to a tenant, by queries of components, and by functions that cross
-- tenants on behalf of one.
create or replace function app_tenant_id() returns uuid
    language sql stable parallel safe
    as $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;
