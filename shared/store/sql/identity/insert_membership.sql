insert into membership (tenant_id, user_id)
values ($1, $2)
on conflict do nothing
