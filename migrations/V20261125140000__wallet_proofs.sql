-- Whoever registered the address of a stranger's buyer or seller read that stranger's escrow, its timeline and its ledger: a
-- registered wallet was taken for a proven one, and `verified_at` was what the caller said of themselves.
--
-- Control of a wallet is now proven to us: we write a text with a nonce (EIP-4361), the wallet's key signs it (EIP-191), and
-- the text is used up by the transaction that records the proof. What callers have claimed before counts for nothing.

-- What callers once said. Kept as a record, and read by nothing.
alter table investor_wallet rename column verified_at to claimed_verified_at;
alter table investor_wallet
    -- So that one that was removed and one that is registered again are two.
    add column id uuid not null default gen_random_uuid(),
    -- From when on it is no longer the investor's.
    add column removed_at timestamptz,
    -- When control of it was last proven, and by the answer to which challenge.
    add column proven_at timestamptz,
    add column proof_id uuid;
alter table investor_wallet alter column id drop default;
alter table investor_wallet drop constraint investor_wallet_once;
alter table investor_wallet
    add primary key (tenant_id, id),
    add constraint investor_wallet_of_investor_once unique (tenant_id, investor_id, id),
    add constraint investor_wallet_proof_complete check ((proven_at is null) = (proof_id is null));
-- A wallet is one investor's of a tenant.
create unique index investor_wallet_once on investor_wallet (tenant_id, chain_id, address) where removed_at is null;
-- Among those that are proven it is one investor's of all tenants. (An index sees the rows of all; who is refused by it has
-- shown that they control the wallet, and learns no more than that it is proven elsewhere.)
create unique index investor_wallet_proven_once on investor_wallet (chain_id, address)
    where proven_at is not null and removed_at is null;
create index investor_wallet_found on investor_wallet (tenant_id, address);
revoke update on investor_wallet from fundrail_app;
grant update (removed_at, proven_at, proof_id) on investor_wallet to fundrail_app;

-- Texts to be signed. One that was used stays, with its signature: it is the proof.
create table wallet_challenge (
    tenant_id  uuid not null references tenant (id),
    id         uuid not null,
    wallet_id  uuid not null,
    -- Exactly what is signed.
    message    text not null,
    issued_at  timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz,
    -- 0x and 130 hexadecimal digits: r, s and v.
    signature  text,
    primary key (tenant_id, id),
    constraint wallet_challenge_wallet foreign key (tenant_id, wallet_id) references investor_wallet (tenant_id, id),
    constraint wallet_challenge_expiry check (expires_at > issued_at),
    constraint wallet_challenge_answered check ((used_at is null) = (signature is null)),
    constraint wallet_challenge_signature_form check (signature ~ '^0x[0-9a-f]{130}$')
);
create index wallet_challenge_of_wallet on wallet_challenge (tenant_id, wallet_id);

alter table wallet_challenge enable row level security;
alter table wallet_challenge force row level security;
create policy wallet_challenge_of_tenant on wallet_challenge
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
-- What was used is a proof, and stays.
create policy wallet_challenge_proofs_stay on wallet_challenge as restrictive for delete using (used_at is null);
grant select, insert, delete, update (used_at, signature) on wallet_challenge to fundrail_app;
grant select on wallet_challenge to fundrail_system;

alter table investor_wallet add constraint investor_wallet_proof
    foreign key (tenant_id, proof_id) references wallet_challenge (tenant_id, id);

-- Only a wallet whose control was proven shows an escrow.
drop policy escrow_of_party on escrow;
create policy escrow_of_party on escrow for select using (
    exists (select from investor_wallet w
            where w.tenant_id = (select app_tenant_id())
              and w.address in (escrow.buyer, escrow.seller)
              and w.chain_id = escrow.chain_id
              and w.proven_at is not null
              and w.removed_at is null)
    or exists (select from chain_contract_watcher w
               where w.tenant_id = (select app_tenant_id())
                 and w.chain_id = escrow.chain_id
                 and w.address = escrow.factory));
