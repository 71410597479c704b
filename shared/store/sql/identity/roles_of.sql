select array(
    select r.role
    from membership_role r
    where r.tenant_id = m.tenant_id
      and r.user_id = m.user_id
    order by 1
) as roles
from membership m
where m.user_id = $1
