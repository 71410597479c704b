with over as (
    delete from wallet_challenge
    where wallet_id = $2
      and used_at is null
      and expires_at <= now()
)
insert into wallet_challenge (tenant_id, id, wallet_id, message, issued_at, expires_at, identity_version)
select app_tenant_id(), $1, w.id, $3, $4::text::timestamptz, $5::text::timestamptz, i.identity_version
from investor_wallet w
join investor i on i.tenant_id = w.tenant_id and i.id = w.investor_id
where w.id = $2
