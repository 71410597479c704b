-- Notes that an attempt has delivered a mail. False if a later attempt is under way, since the lease has run out.
--
-- Called by the worker that delivers mail.
create or replace function notification_sent(notification_id uuid, attempt integer) returns boolean
    language sql volatile security definer set search_path = public, pg_temp
as $$
    with noted as (
        update notification set sent_at = now(), last_error = null
        where id = notification_id and attempts = attempt and sent_at is null and given_up_at is null
        returning 1
    )
    select exists (select from noted)
$$;

alter function notification_sent(uuid, integer) owner to fundrail_system;
revoke all on function notification_sent(uuid, integer) from public;
