-- Chains that are listened to, and the factory of escrows on the local one: where Anvil's first account puts its first
-- contract. The demo institution watches that factory, and so sees every escrow made on the local chain.

insert into chain (id, name, confirmations, block_seconds, head_jump) values
    (1, 'Ethereum', 64, 12, 10000),
    (10, 'OP Mainnet', 300, 2, 10000),
    (137, 'Polygon PoS', 128, 2, 10000),
    (8453, 'Base', 300, 2, 10000),
    (42161, 'Arbitrum One', 300, 0.25, 100000),
    (43114, 'Avalanche C-Chain', 1, 2, 10000),
    (11155111, 'Sepolia', 64, 12, 10000),
    -- A development chain makes its blocks when somebody asks for them.
    (31337, 'Local chain', 3, 1, 100000)
on conflict (id) do update set name = excluded.name, confirmations = excluded.confirmations,
    block_seconds = excluded.block_seconds, head_jump = excluded.head_jump
where (chain.name, chain.confirmations, chain.block_seconds, chain.head_jump)
    is distinct from (excluded.name, excluded.confirmations, excluded.block_seconds, excluded.head_jump);

insert into chain_contract (chain_id, address, kind) values
    (31337, '0x5fbdb2315678afecb367f032d93f642f64180aa3', 'escrow_factory')
on conflict (chain_id, address) do nothing;

insert into chain_contract_watcher (tenant_id, chain_id, address) values
    ('0198c000-0000-7000-8000-000000000001', 31337, '0x5fbdb2315678afecb367f032d93f642f64180aa3')
on conflict do nothing;

-- Three escrows of the demo institution's wallets, as the logs that their contracts would have written, a block each: one
-- that has just been made, one that is paid in and disputed, one that is settled. The worker folds them like any others.
with escrow (number, address, buyer, seller, amount) as (values
    (1, '0xe5c0000000000000000000000000000000000001', '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
     '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65', 250000000000),
    (2, '0xe5c0000000000000000000000000000000000002', '0x90f79bf6eb2c4f870365e785982e1f101e93b906',
     '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65', 1000000000000),
    (3, '0xe5c0000000000000000000000000000000000003', '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
     '0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc', 75000000000)
),
word as (
    select number, address,
        lpad(substr(address, 3), 64, '0') as escrow_word,
        lpad(substr(buyer, 3), 64, '0') as buyer_word,
        lpad(substr(seller, 3), 64, '0') as seller_word,
        lpad(to_hex(amount), 64, '0') as amount_word,
        encode(sha256(convert_to('fundrail demonstration order ' || number, 'utf8')), 'hex') as order_word,
        lpad('', 64, '0') as zero_word
    from escrow
),
event (block_number, address, topics, data) as (
    -- EscrowCreated, by the factory: no arbiter, the chain's own coin, a deadline in the year 2100.
    select number, '0x5fbdb2315678afecb367f032d93f642f64180aa3',
        array['0xfd7d3b5e62155fb54141cbc31cb760dfb865379d53fe8cbc82f20eb2f15f0bb3', '0x' || escrow_word, '0x' || order_word,
              '0x' || buyer_word],
        '0x' || seller_word || zero_word || zero_word || amount_word || lpad('f4865700', 64, '0')
    from word
    union all
    select number + 10, address,
        array['0x5af8184bef8e4b45eb9f6ed7734d04da38ced226495548f46e0c8ff8d7d9a524', '0x' || buyer_word], '0x' || amount_word
    from word where number in (2, 3)
    union all
    -- Disputed, by the buyer, for a reason that is left open.
    select number + 20, address,
        array['0x9b093cbda5ca6e96bf330dfce6faac46e00e0adb309ff813b08a380eacbb99fa', '0x' || buyer_word], '0x' || zero_word
    from word where number = 2
    union all
    select number + 20, address,
        array['0xb21fb52d5749b80f3182f8c6992236b5e5576681880914484d7f4c9b062e619e', '0x' || seller_word], '0x' || amount_word
    from word where number = 3
),
kept as (
    insert into chain_event (chain_id, block_hash, log_index, block_number, transaction_hash, address, topics, data)
    select 31337,
        '0x' || encode(sha256(convert_to('fundrail demonstration block ' || block_number, 'utf8')), 'hex'), 0, block_number,
        '0x' || encode(sha256(convert_to('fundrail demonstration transaction ' || block_number, 'utf8')), 'hex'),
        address, topics, data
    from event
    on conflict do nothing
    returning chain_id, block_hash, log_index
)
insert into chain_event_pending (chain_id, block_hash, log_index, removal)
select chain_id, block_hash, log_index, false from kept;
