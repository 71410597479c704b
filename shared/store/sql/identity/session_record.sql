select s.user_id, u.email, u.email_verified_at is not null as email_verified,
    exists (select from user_totp f where f.user_id = s.user_id and f.confirmed_at is not null) as mfa,
    t.id as tenant_id, t.name as tenant_name, t.kind as tenant_kind, t.mfa_required,
    array(
        select r.role
        from membership_role r
        where r.tenant_id = s.tenant_id
          and r.user_id = s.user_id
        order by 1
    ) as roles,
    array(
        select distinct p.permission
        from membership_role r
        join role_permission p on p.role = r.role
        where r.tenant_id = s.tenant_id
          and r.user_id = s.user_id
        order by 1
    ) as permissions,
    extract(epoch from s.authenticated_at)::bigint as authenticated_at,
    extract(epoch from s.expires_at)::bigint as expires_at,
    extract(epoch from s.mfa_at)::bigint as mfa_at
from session s
join membership m on m.tenant_id = s.tenant_id and m.user_id = s.user_id
join tenant t on t.id = s.tenant_id
join app_user u on u.id = s.user_id
where s.id = $1
  and s.user_id = app_user_id()
  and s.revoked_at is null
  and s.expires_at > now()
  and session_password_holds(s.user_id, s.password_version)
