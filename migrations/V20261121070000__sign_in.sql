-- Two questions of sign-in that the first migration did not foresee: whether a person has signed in from an address before
-- (the lock that strangers cause does not hold there), and to whom a reset link goes.

drop function auth_find_credentials(text);

-- Who signs in with an e-mail address, and into which tenant: the one used last, else the oldest membership.
create function auth_find_credentials(wanted_email text, from_address_hash text)
    returns table (user_id uuid, password_hash text, tenant_id uuid, has_mfa boolean, address_known boolean)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select u.id, p.hash, t.tenant_id, coalesce(f.confirmed_at is not null, false),
           exists (select from user_address a where a.user_id = u.id and a.address_hash = from_address_hash)
    from app_user u
    join user_password p on p.user_id = u.id
    left join user_totp f on f.user_id = u.id
    left join lateral (
        select m.tenant_id from membership m
        left join lateral (
            select max(s.created_at) as at from session s where s.tenant_id = m.tenant_id and s.user_id = m.user_id
        ) last on true
        where m.user_id = u.id
        order by last.at desc nulls last, m.created_at, m.tenant_id
        limit 1
    ) t on true
    where u.email = wanted_email
$$;

-- Whom a mail to an address is for; the tenant is the one whose trail and outbox it goes into. Only jobs ask this: no
-- request is answered sooner or later for it.
create function auth_find_user(wanted_email text) returns table (user_id uuid, tenant_id uuid)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select u.id, (select m.tenant_id from membership m where m.user_id = u.id order by m.created_at, m.tenant_id limit 1)
    from app_user u
    where u.email = wanted_email
$$;

-- What is encrypted with another key than the current one: table, id of the row, ciphertext and its key.
create function secrets_to_reencrypt(current_key text, wanted integer)
    returns table (kind text, id text, sealed text, key_id text)
    language sql stable security definer set search_path = public, pg_temp
as $$
    (select 'signing_key', kid, secret_sealed, secret_key_id from signing_key where secret_key_id <> current_key limit wanted)
    union all
    (select 'totp', user_id::text, secret_sealed, secret_key_id from user_totp where secret_key_id <> current_key limit wanted)
    union all
    (select 'notification', n.id::text, secret_sealed, secret_key_id from notification n
     where secret_sealed is not null and secret_key_id <> current_key limit wanted)
$$;

-- Puts a new ciphertext in place of the old one, unless somebody else has changed it meanwhile.
create function secrets_reencrypted(kind text, wanted_id text, old_sealed text, new_sealed text, new_key text) returns boolean
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
begin
    case kind
        when 'signing_key' then
            update signing_key set secret_sealed = new_sealed, secret_key_id = new_key
            where kid = wanted_id and secret_sealed = old_sealed;
        when 'totp' then
            update user_totp set secret_sealed = new_sealed, secret_key_id = new_key
            where user_id = wanted_id::uuid and secret_sealed = old_sealed;
        when 'notification' then
            update notification n set secret_sealed = new_sealed, secret_key_id = new_key
            where n.id = wanted_id::uuid and n.secret_sealed = old_sealed;
        else
            return false;
    end case;
    return found;
end
$$;

-- Mail whose link has long run out needs no link any more.
create function notification_prune() returns bigint
    language sql volatile security definer set search_path = public, pg_temp
as $$
    with gone as (delete from notification where created_at < now() - interval '30 days' returning 1)
    select count(*) from gone
$$;

alter function auth_find_credentials(text, text) owner to fundrail_system;
alter function auth_find_user(text) owner to fundrail_system;
alter function secrets_to_reencrypt(text, integer) owner to fundrail_system;
alter function secrets_reencrypted(text, text, text, text, text) owner to fundrail_system;
alter function notification_prune() owner to fundrail_system;
revoke all on function auth_find_credentials(text, text), auth_find_user(text), secrets_to_reencrypt(text, integer),
    secrets_reencrypted(text, text, text, text, text), notification_prune() from public;
grant execute on function auth_find_credentials(text, text), auth_find_user(text), secrets_to_reencrypt(text, integer),
    secrets_reencrypted(text, text, text, text, text), notification_prune() to fundrail_app;
