-- Uses up the link to a new address; returns nothing if it is unknown, used or expired.
--
-- Called by `platform`.
create or replace function auth_use_email_change(wanted_hash text) returns table (user_id uuid, new_email text)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    update one_time_token t set used_at = now()
    where t.token_hash = wanted_hash and t.purpose = 'email_change' and t.used_at is null and t.expires_at > now()
    returning t.user_id, t.new_email
$$;

alter function auth_use_email_change(text) owner to fundrail_system;
revoke all on function auth_use_email_change(text) from public;
