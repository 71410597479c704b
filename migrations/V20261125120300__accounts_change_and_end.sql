-- Another address for an account: a link that is mailed to the new address, and says which one that is.
alter table one_time_token
    drop constraint one_time_token_purpose_known,
    add constraint one_time_token_purpose_known
        check (purpose in ('password_reset', 'email_verification', 'email_change')),
    add column new_email text,
    add constraint one_time_token_new_email_complete check ((purpose = 'email_change') = (new_email is not null)),
    add constraint one_time_token_new_email_lower
        check (new_email = lower(new_email) and char_length(new_email) between 3 and 254);

-- The end of an account: the row stays, since what its person has done refers to it, under an address that is nobody's.
alter table app_user add column deleted_at timestamptz;
grant update (email, deleted_at) on app_user to fundrail_app;
grant delete on user_password, one_time_token to fundrail_app;

-- Uses up the link to a new address; nothing when it is unknown, used or too old.
create function auth_use_email_change(wanted_hash text) returns table (user_id uuid, new_email text)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    update one_time_token t set used_at = now()
    where t.token_hash = wanted_hash and t.purpose = 'email_change' and t.used_at is null and t.expires_at > now()
    returning t.user_id, t.new_email
$$;
alter function auth_use_email_change(text) owner to fundrail_system;
revoke all on function auth_use_email_change(text) from public;
grant execute on function auth_use_email_change(text) to fundrail_app;
