select u.id, u.email, rfc3339(m.created_at) as joined_at,
       array(
           select r.role
           from membership_role r
           where r.tenant_id = m.tenant_id
             and r.user_id = m.user_id
           order by 1
       ) as roles
from membership m
join app_user u on u.id = m.user_id
where m.tenant_id = app_tenant_id()
  and u.id = $1
