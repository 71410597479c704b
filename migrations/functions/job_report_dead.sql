-- Dead letters that have not been reported; from now on they count as reported.
--
-- Called by the worker of `jobs`, which writes them to the log.
create or replace function job_report_dead() returns table (id uuid, kind text, attempts integer, last_error text)
    language sql security definer set search_path = public, pg_temp
as $$
    update job j set reported_at = now()
    where j.id in (select d.id from job d where d.state = 'dead' and d.reported_at is null
                   order by d.finished_at limit 100 for update skip locked)
    returning j.id, j.kind, j.attempts, j.last_error
$$;

alter function job_report_dead() owner to fundrail_system;
revoke all on function job_report_dead() from public;
