-- Whether a job of these kinds is due.
--
-- Called by the worker of `jobs` at every wake-up, together with periodic_claim.
create or replace function job_any_due(kinds text[]) returns boolean
    language sql stable security definer set search_path = public, pg_temp
as $$
    select exists (select from job where state = 'queued' and run_at <= now() and kind = any (kinds))
        or exists (select from job where state = 'leased' and leased_until < now() and kind = any (kinds))
$$;

alter function job_any_due(text[]) owner to fundrail_system;
revoke all on function job_any_due(text[]) from public;
