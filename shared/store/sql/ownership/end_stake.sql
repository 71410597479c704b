insert into ownership_stake_end (tenant_id, stake_id, until, reason)
values (app_tenant_id(), $1, $2::text::date, $3)
on conflict do nothing
