-- How far a chain has come: the highest block with an applied log, as far as such numbers are plausible.
--
-- A sender may be wrong about a number, and one number beyond all others would make everything final. So blocks are grouped, and
-- a group ends where the gap to the next block is larger than `head_jump` and than the elapsed time would explain. A group above
-- such a gap counts once two escrows have blocks in it, since one alone would not be believed; the lowest group always counts.
-- Groups are examined from above, however many blocks they have, until one is found that counts. Numbers beyond a hundred
-- thousand million never count: a chain that produced a hundred blocks a second would take thirty years to get there. Removed
-- blocks no longer belong to a group, and the head goes back with them.
--
-- Called by escrow_follow.
create or replace function chain_head(of_chain bigint) returns bigint
    language plpgsql stable security invoker set search_path = public, pg_temp
as $$
declare
    -- Number of blocks examined per query: usually the first few are enough.
    most constant integer := 200;
    jump numeric;
    pace numeric;
    below bigint := 100000000001;
    looked integer;
    head bigint;
    of_one text;
    heard timestamptz;
    block record;
begin
    select c.head_jump, c.block_seconds into jump, pace from chain c where c.id = of_chain;
    loop
        looked := 0;
        for block in
            select b.block_number, min(b.heard_at) as heard_at, min(b.escrow_id::text) as one, max(b.escrow_id::text) as other
            from chain_block b
            where b.chain_id = of_chain and b.applied and b.block_number < below
            group by b.block_number
            order by b.block_number desc
            limit most
        loop
            if head is null
                or below - block.block_number > jump + 2 * greatest(extract(epoch from heard - block.heard_at), 0) / pace then
                head := block.block_number;
                of_one := block.one;
            end if;
            if block.one <> block.other or block.one <> of_one then
                return head;
            end if;
            looked := looked + 1;
            below := block.block_number;
            heard := block.heard_at;
        end loop;
        exit when looked < most;
    end loop;
    return coalesce(head, 0);
end
$$;

alter function chain_head(bigint) owner to fundrail_system;
revoke all on function chain_head(bigint) from public;
