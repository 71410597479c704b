-- Mails that were given up and have not been reported; from now on they count as reported. Neither recipient nor content is told.
--
-- Called by the worker that delivers mail, which writes them to the log.
create or replace function notification_report_given_up() returns table (id uuid, kind text, attempts integer, last_error text)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    update notification n set reported_at = now()
    where n.id = any (array(
        select g.id from notification g
        where g.given_up_at is not null and g.reported_at is null
        order by g.given_up_at limit 100 for update skip locked))
    returning n.id, n.kind, n.attempts, n.last_error
$$;

alter function notification_report_given_up() owner to fundrail_system;
revoke all on function notification_report_given_up() from public;
