-- Ends a job that is done. True if the worker still held the lease: what it did then counts once.
--
-- Called by `platform` for the worker of `jobs`.
create or replace function job_finish(job_id uuid, worker text) returns boolean
    language sql security definer set search_path = public, pg_temp
as $$
    with done as (
        update job set state = 'done', leased_until = null, leased_by = null, finished_at = now(), last_error = null
        where id = job_id and state = 'leased' and leased_by = worker
        returning 1)
    select exists (select from done)
$$;

alter function job_finish(uuid, text) owner to fundrail_system;
revoke all on function job_finish(uuid, text) from public;
