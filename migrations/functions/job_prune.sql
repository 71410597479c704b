-- Finished jobs are kept for a day, so that they can be looked at; dead letters until somebody deals with them.
--
-- Called by `jobs`, periodically.
create or replace function job_prune() returns bigint
    language sql security definer set search_path = public, pg_temp
as $$
    -- As an array, which is looked up by its elements: joined with, so many would have the whole table read.
    with gone as (
        delete from job where id = any (array(
            select id from job where state = 'done' and finished_at < now() - interval '1 day'
            order by finished_at limit 5000))
        returning 1)
    select count(*) from gone
$$;

alter function job_prune() owner to fundrail_system;
revoke all on function job_prune() from public;
