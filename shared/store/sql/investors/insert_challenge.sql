with over as (
    delete from wallet_challenge
    where wallet_id = $2
      and used_at is null
      and expires_at <= now()
)
insert into wallet_challenge (tenant_id, id, wallet_id, message, issued_at, expires_at)
values (app_tenant_id(), $1, $2, $3, $4::text::timestamptz, $5::text::timestamptz)
