select rfc3339(min(r.given_at)) as since
from membership_role r
join role_permission p on p.role = r.role
where r.tenant_id = app_tenant_id()
  and r.user_id = $1
  and p.permission = 'investors:approve'
