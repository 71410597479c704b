insert into membership_role (tenant_id, user_id, role)
select $1, $2, role
from unnest($3::text[]) as role
on conflict do nothing
