-- A chain contains either all logs of a block or none. So the removal of one log says that its block is gone, for the other logs
-- of its escrow (fundrail_domain::escrow::fold) and for every other escrow with logs in it: these are contradicted, and nothing
-- about them is final, until the rest of the news has arrived.

alter table chain_block add column removed boolean not null default false;
comment on column chain_block.removed is 'A log of the escrow in this block has been removed.';

create or replace view escrow_on_chain with (security_invoker = true) as
    select e.*, c.head_block, c.confirmations,
        -- Blocks are claimed that contradict those of the escrow: by its own logs, or at one of its heights by others'. Or others
        -- have lost a log with one of its blocks.
        e.contradictions > 0
        or exists (
            select
            from escrow_event own
            join chain_block other
                on other.chain_id = e.chain_id
                and other.block_number = own.block_number
                and (other.block_hash = own.block_hash) = other.removed
            where own.escrow_id = e.id and own.outcome <> 'removed') as contradicted
    from escrow e
    join chain c on c.id = e.chain_id
    where e.present;
