-- Uses up a link; returns nothing if it is unknown, used or expired, or if the password or address has changed since it was sent.
--
-- Called by `platform` for a new password and for a verified address.
create or replace function auth_use_one_time_token(wanted_purpose text, wanted_hash text) returns uuid
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    owner uuid;
    now_version bigint;
begin
    select t.user_id into owner from one_time_token t where t.token_hash = wanted_hash and t.purpose = wanted_purpose;
    select p.version into now_version from user_password p where p.user_id = owner for no key update;
    update one_time_token t set used_at = now()
    from app_user u
    where u.id = owner and t.token_hash = wanted_hash and t.purpose = wanted_purpose and t.user_id = owner
      and t.used_at is null and t.expires_at > now()
      and t.password_version = now_version and t.email = u.email;
    if not found then
        return null;
    end if;
    return owner;
end
$$;

alter function auth_use_one_time_token(text, text) owner to fundrail_system;
revoke all on function auth_use_one_time_token(text, text) from public;
