-- Puts a job back for `retry_seconds`, or among the dead letters if its attempts are used up. A twin queued in the meantime under
-- the same key takes its place.
--
-- Called by `platform` for the worker of `jobs`.
create or replace function job_fail(job_id uuid, worker text, reason text, retry_seconds integer) returns boolean
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    held job%rowtype;
begin
    select * into held from job where id = job_id and state = 'leased' and leased_by = worker for update;
    if not found then
        return false;
    end if;
    if held.attempts >= held.max_attempts then
        update job set state = 'dead', leased_until = null, leased_by = null, finished_at = now(), last_error = left(reason, 2000)
        where id = job_id;
    elsif held.dedupe_key is not null and exists (
        select from job where kind = held.kind and dedupe_key = held.dedupe_key and state = 'queued') then
        update job set state = 'done', leased_until = null, leased_by = null, finished_at = now(),
            last_error = left('superseded after: ' || reason, 2000)
        where id = job_id;
    else
        begin
            update job set state = 'queued', leased_until = null, leased_by = null, last_error = left(reason, 2000),
                run_at = now() + make_interval(secs => retry_seconds)
            where id = job_id;
        exception when unique_violation then
            update job set state = 'done', leased_until = null, leased_by = null, finished_at = now(),
                last_error = left('superseded after: ' || reason, 2000)
            where id = job_id;
        end;
    end if;
    return true;
end
$$;

alter function job_fail(uuid, text, text, integer) owner to fundrail_system;
revoke all on function job_fail(uuid, text, text, integer) from public;
