insert into investor_wallet (tenant_id, id, investor_id, chain_id, address)
select
    app_tenant_id(),
    w.id,
    $1,
    w.chain_id,
    lower(w.address)
from jsonb_to_recordset($2::text::jsonb) as w (id uuid, chain_id bigint, address text)
on conflict (tenant_id, chain_id, address) where removed_at is null do nothing
returning id, chain_id, address, rfc3339(proven_at) as proven_at, proof_lapsed_at is not null as lapsed
