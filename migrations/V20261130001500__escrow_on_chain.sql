-- Escrows beside how far their chains have come, and whether those contradict themselves: what says which of their events are final.
-- A view, because it is asked for one escrow, for lists of them and for the timeline of one, and has to be the same everywhere.

create view escrow_on_chain with (security_invoker = true) as
    select e.*, c.head_block, c.confirmations,
        -- Blocks are claimed that contradict those of the escrow: by its own logs, or at one of its heights by others'.
        e.contradictions > 0
        or exists (
            select
            from escrow_event own
            join chain_block other
                on other.chain_id = e.chain_id
                and other.block_number = own.block_number
                and other.block_hash <> own.block_hash
            where own.escrow_id = e.id and own.outcome <> 'removed') as contradicted
    from escrow e
    join chain c on c.id = e.chain_id
    where e.present;
