-- Hands out up to `wanted` due jobs of the given kinds, leased to `worker`. A job whose lease has expired is due again: its
-- worker died. One that has used up its attempts without ever saying why becomes a dead letter here.
--
-- Called by `platform` for the worker of `jobs`.
create or replace function job_claim(kinds text[], wanted integer, lease_seconds integer, worker text)
    returns table (id uuid, tenant_id uuid, kind text, payload text, attempts integer, max_attempts integer)
    language sql security definer set search_path = public, pg_temp
as $$
    -- Rows are taken by arrays of their ids, which are looked up one by one: joined with as many as `wanted` might be, the whole
    -- table would be read, a day's finished jobs with it, at every wake-up.
    with expired as (
        update job j
        set state = 'dead', leased_until = null, leased_by = null, finished_at = now(),
            last_error = coalesce(j.last_error, 'the lease ran out at every attempt')
        where j.id = any (array(
            select e.id from job e
            where e.state = 'leased' and e.leased_until < now() and e.attempts >= e.max_attempts
            for update skip locked))
    ),
    due as (
        select d.id from job d
        where d.kind = any (kinds)
          and ((d.state = 'queued' and d.run_at <= now())
            or (d.state = 'leased' and d.leased_until < now() and d.attempts < d.max_attempts))
        order by d.run_at, d.id
        limit least(greatest(wanted, 0), 1000)
        for update skip locked
    )
    update job j
    set state = 'leased', leased_by = worker, attempts = j.attempts + 1,
        leased_until = now() + make_interval(secs => lease_seconds)
    where j.id = any (array(select due.id from due))
    returning j.id, j.tenant_id, j.kind, j.payload::text, j.attempts, j.max_attempts
$$;

alter function job_claim(text[], integer, integer, text) owner to fundrail_system;
revoke all on function job_claim(text[], integer, integer, text) from public;
