-- Whether a device belongs to the account with an address; records that it was seen.
--
-- Called by `platform` while somebody signs in.
create or replace function auth_knows_device(wanted_email text, wanted_hash text) returns boolean
    language sql volatile security definer set search_path = public, pg_temp
as $$
    with seen as (
        update user_device d set last_seen_at = now()
        from app_user u
        where u.email = wanted_email and d.user_id = u.id and d.token_hash = wanted_hash
          and d.last_seen_at > now() - interval '180 days'
        returning 1)
    select exists (select from seen)
$$;

alter function auth_knows_device(text, text) owner to fundrail_system;
revoke all on function auth_knows_device(text, text) from public;
