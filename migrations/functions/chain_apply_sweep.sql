-- Queues the application of what has been waiting for longer than a worker takes: its job was lost, or failed for good.
--
-- Called by `jobs`, periodically.
create or replace function chain_apply_sweep(job_id uuid) returns boolean
    language sql security definer set search_path = public, pg_temp
as $$
    with work as (
        insert into job (id, kind, dedupe_key)
        select job_id, 'chain.apply', 'all'
        where exists (select from chain_event_pending p where p.attempts < 20 and p.due_at < now() - interval '2 seconds')
          and not exists (select from job j
                          where j.kind = 'chain.apply' and (j.state = 'queued' or (j.state = 'leased' and j.leased_until > now())))
        on conflict (kind, dedupe_key) where state = 'queued' and dedupe_key is not null do nothing
        returning 1)
    select exists (select from work)
$$;

alter function chain_apply_sweep(uuid) owner to fundrail_system;
revoke all on function chain_apply_sweep(uuid) from public;
