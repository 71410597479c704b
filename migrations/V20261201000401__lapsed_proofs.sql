-- A proof of control is of a wallet and of who holds it. When the identity of that investor changes, it lapses, as verification and
-- screening become stale: the key is the same, but nobody has signed for whom it is held now.
--
-- A lapsed proof verifies nothing, and shows no escrow that was made later. The escrows that it has shown before stay readable:
-- they are part of the books of a tenant that had proven its right to them, and a corrected name must not take these away.

alter table investor_wallet add column proof_lapsed_at timestamptz;
comment on column investor_wallet.proof_lapsed_at is
    'When the identity of the investor first changed after the proof; null while the proof holds, or there is none.';
alter table investor_wallet add constraint investor_wallet_lapse_of_proof
    check (proof_lapsed_at is null or proven_at is not null);

-- Of whom a challenge is about: one that was written for an earlier identity proves nothing of the present one.
alter table wallet_challenge add column identity_version bigint;

-- As the owner, whom row-level security binds as long as it is forced.
alter table investor no force row level security;
alter table investor_wallet no force row level security;
update investor_wallet w
set proof_lapsed_at = i.identity_changed_at
from investor i
where i.tenant_id = w.tenant_id and i.id = w.investor_id and w.proven_at < i.identity_changed_at;
alter table investor force row level security;
alter table investor_wallet force row level security;

create trigger investor_proofs_lapse after update on investor
    for each row when (old.identity_version <> new.identity_version) execute function investor_lapse_proofs();

alter policy escrow_of_party on escrow using (
    exists (select from investor_wallet w
            where w.tenant_id = (select app_tenant_id())
              and w.address in (escrow.buyer, escrow.seller)
              and w.chain_id = escrow.chain_id
              and w.proven_at is not null
              and w.removed_at is null
              and (w.proof_lapsed_at is null or escrow.created_at < w.proof_lapsed_at))
    or exists (select from chain_contract_watcher w
               where w.tenant_id = (select app_tenant_id())
                 and w.chain_id = escrow.chain_id
                 and w.address = escrow.factory));
