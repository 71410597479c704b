-- Chains that are listened to, and the factory of escrows on the local one: where Anvil's first account puts its first
-- contract. The demo institution watches that factory, and so sees every escrow made on the local chain.

insert into chain (id, name, confirmations) values
    (1, 'Ethereum', 64),
    (10, 'OP Mainnet', 300),
    (137, 'Polygon PoS', 128),
    (8453, 'Base', 300),
    (42161, 'Arbitrum One', 300),
    (43114, 'Avalanche C-Chain', 1),
    (11155111, 'Sepolia', 64),
    (31337, 'Local chain', 3)
on conflict (id) do update set name = excluded.name, confirmations = excluded.confirmations
where (chain.name, chain.confirmations) is distinct from (excluded.name, excluded.confirmations);

insert into chain_contract (chain_id, address, kind) values
    (31337, '0x5fbdb2315678afecb367f032d93f642f64180aa3', 'escrow_factory')
on conflict (chain_id, address) do nothing;

insert into tenant (id, name, kind) values
    ('0198c000-0000-7000-8000-000000000001', 'Marlowe Treasury', 'institution')
on conflict (id) do nothing;

insert into chain_contract_watcher (tenant_id, chain_id, address) values
    ('0198c000-0000-7000-8000-000000000001', 31337, '0x5fbdb2315678afecb367f032d93f642f64180aa3')
on conflict do nothing;
