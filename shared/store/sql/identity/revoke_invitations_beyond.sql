update invitation i
set revoked_at = now()
where i.invited_by = $1
  and i.accepted_at is null
  and i.revoked_at is null
  and not (
      exists (
          select
          from membership_role r
          join role_permission p on p.role = r.role
          where r.tenant_id = i.tenant_id
            and r.user_id = $1
            and p.permission = 'users:write'
      )
      and (
          'owner' <> all (i.roles)
          or exists (
              select
              from membership_role r
              where r.tenant_id = i.tenant_id
                and r.user_id = $1
                and r.role = 'owner'
          )
      )
  )
