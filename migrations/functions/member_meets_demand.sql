-- Whether a member has a second factor if their tenant requires one of everybody. An API key holds only while the member who is
-- responsible for it does.
--
-- Called by auth_find_api_key and authority_hold.
create or replace function member_meets_demand(of_tenant uuid, member uuid) returns boolean
    language sql stable
as $$
    select not t.mfa_required
        or exists (select from user_totp f where f.user_id = member and f.confirmed_at is not null)
    from tenant t where t.id = of_tenant
$$;
