-- Notes that an attempt has failed: the next one may begin in `retry_seconds`, or, after `most_attempts`, there is none. False if a later
-- attempt is under way, since the lease has run out.
--
-- Called by the worker that delivers mail.
create or replace function notification_failed(
    notification_id uuid, attempt integer, reason text, retry_seconds integer, most_attempts integer
) returns boolean
    language sql volatile security definer set search_path = public, pg_temp
as $$
    with noted as (
        update notification
        set last_error = left(reason, 2000),
            due_at = now() + make_interval(secs => retry_seconds),
            given_up_at = case when attempts >= most_attempts then now() end
        where id = notification_id and attempts = attempt and sent_at is null and given_up_at is null
        returning 1
    )
    select exists (select from noted)
$$;

alter function notification_failed(uuid, integer, text, integer, integer) owner to fundrail_system;
revoke all on function notification_failed(uuid, integer, text, integer, integer) from public;
