-- What concerns all tenants is for whoever runs the installation. `ops:read` said that it is about the own tenant, and so
-- every owner has it; but it also opened the statistics of everybody's jobs. Those get a permission of their own.
--
-- Which permissions are of that kind is data, and no role that a tenant can give may hold one: a release that mixes them up
-- fails when it is migrated, not when somebody looks.

alter table permission add column of_installation boolean not null default false;
comment on column permission.of_installation is 'It reaches beyond one tenant: for roles alone that no tenant can give.';
update permission set of_installation = true where name = 'secrets:rotate';

insert into permission (name, description, of_installation) values
    ('installation:read', 'see operating data of the whole installation', true);
insert into role_permission (role, permission) values ('operator', 'installation:read');

create function role_permission_within_tenant() returns trigger language plpgsql set search_path = public, pg_temp
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
create trigger role_permission_within_tenant after insert or update on role_permission
    for each statement execute function role_permission_within_tenant();
create trigger role_within_tenant after insert or update on role
    for each statement execute function role_permission_within_tenant();
create trigger permission_within_tenant after insert or update on permission
    for each statement execute function role_permission_within_tenant();
