-- Counts by kind and state, and the age of the oldest due job in seconds, for operators.
--
-- Called by `ops`, for callers who may see the whole installation.
create or replace function job_statistics()
    returns table (kind text, state text, jobs bigint, oldest_seconds bigint)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select kind, state, count(*),
           coalesce(extract(epoch from now() - min(run_at) filter (where state in ('queued', 'leased')))::bigint, 0)
    from job group by kind, state
$$;

alter function job_statistics() owner to fundrail_system;
revoke all on function job_statistics() from public;
