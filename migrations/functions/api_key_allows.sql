-- The scopes of a key, limited to what the member responsible for it may do.
--
-- Called by auth_find_api_key and authority_hold.
create or replace function api_key_allows(of_tenant uuid, maker uuid, scopes text[]) returns text[]
    language sql stable
as $$
    select array(
        select distinct p.permission from membership_role r join role_permission p on p.role = r.role
        where r.tenant_id = of_tenant and r.user_id = maker and p.permission = any (scopes) order by 1)
$$;
