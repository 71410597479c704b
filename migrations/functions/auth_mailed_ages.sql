-- How many seconds ago e-mails of a kind were sent to a mailbox within the last day, newest first, whoever requested them. So a
-- mailbox gets few links, whatever accounts they are for.
--
-- Called by `platform` before a link is sent.
create or replace function auth_mailed_ages(wanted_kind text, to_recipient text) returns table (age bigint)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select extract(epoch from now() - n.created_at)::bigint from notification n
    where n.recipient = to_recipient and n.kind = wanted_kind and n.created_at > now() - interval '1 day'
    order by n.created_at desc limit 100
$$;

alter function auth_mailed_ages(text, text) owner to fundrail_system;
revoke all on function auth_mailed_ages(text, text) from public;
