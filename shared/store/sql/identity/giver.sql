select
    array(select r.role from membership_role r where r.tenant_id = t.id and r.user_id = $1) as roles,
    array(
        select p.permission
        from membership_role r
        join role_permission p on p.role = r.role
        where r.tenant_id = t.id
          and r.user_id = $1
    ) as permissions,
    array(
        select o.name
        from role o
        where o.assignable
          and (o.tenant_kind is null or o.tenant_kind = t.kind)
    ) as assignable
from tenant t
where t.id = app_tenant_id()
