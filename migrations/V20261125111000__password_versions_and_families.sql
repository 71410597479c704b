-- A new password ends what the old one began. Every password has a version; sessions, challenges and links carry the one that
-- they rest on, and are compared with it, under its lock, in the transaction that uses them. A hash that is only written anew
-- with other parameters keeps its version.
--
-- And a session that grows out of another one, by going to another tenant, is of its family: it ends when that one would have
-- ended, and with it.

alter table user_password add column version bigint not null default 1;

alter table session
    add column password_version bigint not null default 1,
    -- The session that it grew out of, and the first one of them all.
    add column parent_id uuid,
    add column family_id uuid,
    -- When the password was shown.
    add column authenticated_at timestamptz not null default now();
-- The owner is bound by row-level security too.
set local role fundrail_system;
update session set family_id = id, authenticated_at = created_at;
set local role fundrail_owner;
alter table session alter column family_id set not null;
create index session_family on session (family_id);

alter table login_challenge add column password_version bigint not null default 1;
-- A link goes to one address, and is about that one.
alter table one_time_token
    add column password_version bigint not null default 1,
    add column email text;
set local role fundrail_system;
update one_time_token t set email = u.email from app_user u where u.id = t.user_id;
set local role fundrail_owner;

-- Whether a session rests on the password that is now.
create function session_password_holds(wanted_user uuid, wanted_version bigint) returns boolean
    language sql stable
    as $$ select exists (select from user_password p where p.user_id = wanted_user and p.version = wanted_version) $$;

create or replace function authority_hold(held_tenant uuid, held_user uuid, held_session uuid, held_key uuid, changing text)
    returns table (roles text[], permissions text[])
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    resting_on bigint;
begin
    if changing = 'people' then
        perform from tenant t where t.id = held_tenant for no key update;
    elsif changing = 'sign_in' then
        perform from user_password p where p.user_id = held_user for no key update;
    end if;
    if held_key is not null then
        return query
            select array[]::text[], k.scopes from api_key k
            where k.tenant_id = held_tenant and k.id = held_key and k.revoked_at is null and k.expires_at > clock_timestamp()
            for share;
        return;
    end if;
    perform from membership m where m.tenant_id = held_tenant and m.user_id = held_user for share;
    if not found then
        return;
    end if;
    if changing = 'sign_in' then
        select s.password_version into resting_on from session s
        where s.tenant_id = held_tenant and s.id = held_session and s.user_id = held_user and s.revoked_at is null
          and s.expires_at > clock_timestamp()
        for no key update;
    else
        select s.password_version into resting_on from session s
        where s.tenant_id = held_tenant and s.id = held_session and s.user_id = held_user and s.revoked_at is null
          and s.expires_at > clock_timestamp()
        for share;
    end if;
    if not found or not session_password_holds(held_user, resting_on) then
        return;
    end if;
    -- A statement of its own, after the locks: it sees what was committed while they were waited for.
    return query
        select array(select r.role from membership_role r
                     where r.tenant_id = held_tenant and r.user_id = held_user order by 1),
               array(select distinct p.permission from membership_role r join role_permission p on p.role = r.role
                     where r.tenant_id = held_tenant and r.user_id = held_user order by 1);
end
$$;

-- Whether somebody may begin a session now: their password is still the one that was shown, and they are a member. Holds
-- both until the transaction ends.
create function auth_may_begin(wanted_tenant uuid, wanted_user uuid, shown_version bigint) returns boolean
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
begin
    perform from user_password p where p.user_id = wanted_user and p.version = shown_version for share;
    if not found then
        return false;
    end if;
    perform from membership m where m.tenant_id = wanted_tenant and m.user_id = wanted_user for share;
    return found;
end
$$;

drop function auth_find_credentials(text, text);

-- Who signs in with an e-mail address, and into which tenant: the one used last, else the oldest membership.
create function auth_find_credentials(wanted_email text, from_address_hash text)
    returns table (user_id uuid, password_hash text, password_version bigint, tenant_id uuid, has_mfa boolean,
                   address_known boolean)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select u.id, p.hash, p.version, t.tenant_id, coalesce(f.confirmed_at is not null, false),
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

-- Which session a refresh token belongs to. Locks the token, so that parallel uses of it see each other, and its session, so
-- that whoever ends that comes before or after.
create or replace function auth_find_refresh_token(wanted_hash text)
    returns table (tenant_id uuid, id uuid, session_id uuid, user_id uuid, seed bytea, expires_at text, used_at text,
                   session_expires_at text, session_revoked boolean, is_member boolean)
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
begin
    perform from refresh_token r join session s on s.tenant_id = r.tenant_id and s.id = r.session_id
    where r.token_hash = wanted_hash
    for update of r for no key update of s;
    -- A statement of its own, after the locks: it sees what was committed while they were waited for.
    return query
        select r.tenant_id, r.id, r.session_id, s.user_id, r.seed, rfc3339(r.expires_at), rfc3339(r.used_at),
               rfc3339(s.expires_at), s.revoked_at is not null or not session_password_holds(s.user_id, s.password_version),
               exists (select from membership m where m.tenant_id = s.tenant_id and m.user_id = s.user_id)
        from refresh_token r
        join session s on s.tenant_id = r.tenant_id and s.id = r.session_id
        where r.token_hash = wanted_hash;
end
$$;

drop function auth_find_challenge(text);

-- Whose challenge it is, and on which password it rests.
create function auth_find_challenge(wanted_hash text)
    returns table (id uuid, user_id uuid, tenant_id uuid, password_version bigint)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select c.id, c.user_id, c.tenant_id, c.password_version from login_challenge c
    where c.token_hash = wanted_hash and c.used_at is null and c.expires_at > now()
      and session_password_holds(c.user_id, c.password_version)
$$;

-- Uses up a link; nothing when it is unknown, used or too old, or when password or address have changed since it was sent.
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

drop function auth_find_invitation(text);

-- An open invitation, by the secret in its link.
create function auth_find_invitation(wanted_hash text)
    returns table (tenant_id uuid, id uuid, email text, roles text[], user_id uuid, password_hash text,
                   password_version bigint)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select i.tenant_id, i.id, i.email, i.roles, u.id, p.hash, p.version
    from invitation i
    left join app_user u on u.email = i.email
    left join user_password p on p.user_id = u.id
    where i.token_hash = wanted_hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
$$;

drop function auth_revoke_own_session(uuid, text);

-- Ends a session of the user of this connection and what grew out of it, or its whole family: on whichever tenants they are.
create function auth_end_own_sessions(wanted uuid, whole_family boolean, reason text) returns table (tenant_id uuid, id uuid)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    with recursive grown as (
        select s.id from session s
        where s.user_id = app_user_id() and s.id = wanted and s.revoked_at is null and s.expires_at > now()
        union
        select s.id from session s join grown g on s.parent_id = g.id where s.user_id = app_user_id()
    ),
    family as (
        select s.id from session s
        where whole_family and s.user_id = app_user_id()
          and s.family_id = (select f.family_id from session f where f.id = wanted and f.user_id = app_user_id())
    ),
    held as (
        select s.id from session s
        where s.revoked_at is null and s.id in (select g.id from grown g union select f.id from family f)
        order by s.id
        for no key update
    )
    update session s set revoked_at = now(), revoke_reason = reason
    from held h
    where s.id = h.id
    returning s.tenant_id, s.id
$$;

alter function auth_may_begin(uuid, uuid, bigint) owner to fundrail_system;
alter function auth_find_credentials(text, text) owner to fundrail_system;
alter function auth_find_challenge(text) owner to fundrail_system;
alter function auth_find_invitation(text) owner to fundrail_system;
alter function auth_end_own_sessions(uuid, boolean, text) owner to fundrail_system;
revoke all on function auth_may_begin(uuid, uuid, bigint), auth_find_credentials(text, text), auth_find_challenge(text),
    auth_find_invitation(text), auth_end_own_sessions(uuid, boolean, text) from public;
grant execute on function auth_may_begin(uuid, uuid, bigint), auth_find_credentials(text, text), auth_find_challenge(text),
    auth_find_invitation(text), auth_end_own_sessions(uuid, boolean, text) to fundrail_app;
