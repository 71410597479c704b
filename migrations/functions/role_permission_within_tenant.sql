-- No role that a tenant can assign has a permission that reaches beyond tenants: a release that mixes them up fails when it is
-- migrated, not when somebody notices.
--
-- Called by the triggers of role, permission and role_permission.
create or replace function role_permission_within_tenant() returns trigger language plpgsql set search_path = public, pg_temp
as $$
declare
    wrong text;
begin
    select rp.role || ' has ' || rp.permission into wrong
    from role_permission rp join role r on r.name = rp.role join permission p on p.name = rp.permission
    where r.assignable and p.of_installation
    limit 1;
    if found then
        raise exception 'a role that tenants give has a permission that reaches beyond them: %', wrong
            using errcode = 'check_violation', constraint = 'role_permission_within_tenant';
    end if;
    return null;
end
$$;
