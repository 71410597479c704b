-- Hands out up to `wanted` mails that are due, for `lease_seconds`. If whoever takes one dies, it is due again when that has passed. One
-- whose attempts are used up without anybody having said why is given up here.
--
-- Called by the worker that delivers mail.
create or replace function notification_claim(wanted integer, lease_seconds integer, most_attempts integer)
    returns table (id uuid, kind text, recipient text, payload text, secret_sealed text, secret_key_id text, attempts integer)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    -- By arrays of ids, like `job_claim`.
    with used_up as (
        update notification n
        set given_up_at = now(), last_error = coalesce(n.last_error, 'the lease ran out at every attempt')
        where n.id = any (array(
            select u.id from notification u
            where u.sent_at is null and u.given_up_at is null and u.due_at <= now() and u.attempts >= most_attempts
            for update skip locked))
    ),
    due as (
        select d.id from notification d
        where d.sent_at is null and d.given_up_at is null and d.due_at <= now() and d.attempts < most_attempts
        order by d.due_at, d.id
        limit least(greatest(wanted, 0), 1000)
        for update skip locked
    )
    update notification n
    set attempts = n.attempts + 1, due_at = now() + make_interval(secs => lease_seconds)
    where n.id = any (array(select due.id from due))
    returning n.id, n.kind, n.recipient, n.payload, n.secret_sealed, n.secret_key_id, n.attempts
$$;

alter function notification_claim(integer, integer, integer) owner to fundrail_system;
revoke all on function notification_claim(integer, integer, integer) from public;
