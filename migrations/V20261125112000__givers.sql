-- Authority does not outlive whoever gave it. A key allows what its scopes and its maker's roles both allow now; what a
-- member has made ends with their membership; and whoever's roles change, by whatever way, is known to have changed.

grant select, update (revoked_at) on invitation to fundrail_system;

-- Scopes as far as a member has them.
create function api_key_allows(of_tenant uuid, maker uuid, scopes text[]) returns text[]
    language sql stable
as $$
    select array(
        select distinct p.permission from membership_role r join role_permission p on p.role = r.role
        where r.tenant_id = of_tenant and r.user_id = maker and p.permission = any (scopes) order by 1)
$$;

-- What an API key allows now: its scopes, as far as who made it has them too. Nothing when it is over, or its maker is gone.
-- Notes its use, at most once a minute, unless a transaction that rests on the key is under way.
create or replace function auth_find_api_key(wanted_hash text)
    returns table (tenant_id uuid, id uuid, scopes text[], rate_per_minute integer, expires_at bigint, tenant_name text,
                   tenant_kind text)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    with found as (
        select k.tenant_id, k.id, k.scopes, k.created_by, k.rate_per_minute, k.expires_at, k.last_used_at, t.name, t.kind
        from api_key k
        join tenant t on t.id = k.tenant_id
        join membership m on m.tenant_id = k.tenant_id and m.user_id = k.created_by
        where k.secret_hash = wanted_hash and k.revoked_at is null and k.expires_at > now()
    ),
    free as (
        select k.id from api_key k join found f on k.tenant_id = f.tenant_id and k.id = f.id
        where f.last_used_at is null or f.last_used_at < now() - interval '1 minute'
        for no key update of k skip locked
    ),
    noted as (
        update api_key k set last_used_at = now() from found f, free
        where k.tenant_id = f.tenant_id and k.id = f.id and free.id = k.id
    )
    select f.tenant_id, f.id, api_key_allows(f.tenant_id, f.created_by, f.scopes), f.rate_per_minute,
           extract(epoch from f.expires_at)::bigint, f.name, f.kind
    from found f
$$;

create or replace function authority_hold(held_tenant uuid, held_user uuid, held_session uuid, held_key uuid, changing text)
    returns table (roles text[], permissions text[])
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    holder     uuid := held_user;
    allowed    text[];
    resting_on bigint;
begin
    if changing = 'people' then
        perform from tenant t where t.id = held_tenant for no key update;
    elsif changing = 'sign_in' then
        perform from user_password p where p.user_id = held_user for no key update;
    end if;
    if held_key is not null then
        -- Without a lock: should somebody take the key over meanwhile, it is not found below.
        select k.created_by into holder from api_key k where k.tenant_id = held_tenant and k.id = held_key;
    end if;
    perform from membership m where m.tenant_id = held_tenant and m.user_id = holder for share;
    if not found then
        return;
    end if;
    if held_key is not null then
        select k.scopes into allowed from api_key k
        where k.tenant_id = held_tenant and k.id = held_key and k.created_by = holder and k.revoked_at is null
          and k.expires_at > clock_timestamp()
        for share;
    elsif changing = 'sign_in' then
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
    if not found or (held_key is null and not session_password_holds(held_user, resting_on)) then
        return;
    end if;
    -- Statements of their own, after the locks: they see what was committed while those were waited for.
    if held_key is not null then
        return query select array[]::text[], api_key_allows(held_tenant, holder, allowed);
        return;
    end if;
    return query
        select array(select r.role from membership_role r
                     where r.tenant_id = held_tenant and r.user_id = held_user order by 1),
               array(select distinct p.permission from membership_role r join role_permission p on p.role = r.role
                     where r.tenant_id = held_tenant and r.user_id = held_user order by 1);
end
$$;

-- What a member has made ends with the membership, whoever ends that: sessions, keys, invitations.
create function membership_ended() returns trigger
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    marks text[];
begin
    with ended as (
        update session s set revoked_at = now(), revoke_reason = 'removed'
        where s.tenant_id = old.tenant_id and s.user_id = old.user_id and s.revoked_at is null
        returning 'session:' || s.id as mark
    ),
    keys as (
        update api_key k set revoked_at = now()
        where k.tenant_id = old.tenant_id and k.created_by = old.user_id and k.revoked_at is null
        returning 'apikey:' || k.secret_hash as mark
    )
    select array(select mark from ended union all select mark from keys) into marks;
    update invitation i set revoked_at = now()
    where i.tenant_id = old.tenant_id and i.invited_by = old.user_id and i.accepted_at is null and i.revoked_at is null;
    if cardinality(marks) > 0 then
        insert into job (id, kind, payload)
        values (gen_random_uuid(), 'session.mark', jsonb_build_object('keys', marks, 'revoked', true));
    end if;
    return null;
end
$$;
create trigger membership_ended after delete on membership for each row execute function membership_ended();

-- Whose roles change waits for the transactions that rest on them, and caches forget what they knew: also when whoever runs
-- the installation gives or takes a role by hand.
create function membership_role_changing() returns trigger
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    changed membership_role := coalesce(new, old);
begin
    perform from membership m where m.tenant_id = changed.tenant_id and m.user_id = changed.user_id for no key update;
    return changed;
end
$$;
create trigger membership_role_changing before insert or delete on membership_role
    for each row execute function membership_role_changing();

create function membership_roles_changed() returns trigger
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    marks text[];
begin
    select array(
        select 'session:' || s.id from session s
        where (s.tenant_id, s.user_id) in (select c.tenant_id, c.user_id from changed c)
          and s.revoked_at is null and s.expires_at > now()
        union all
        select 'apikey:' || k.secret_hash from api_key k
        where (k.tenant_id, k.created_by) in (select c.tenant_id, c.user_id from changed c)
          and k.revoked_at is null and k.expires_at > now()) into marks;
    if cardinality(marks) > 0 then
        insert into job (id, kind, payload)
        values (gen_random_uuid(), 'session.mark', jsonb_build_object('keys', marks, 'revoked', false));
    end if;
    return null;
end
$$;
create trigger membership_roles_given after insert on membership_role
    referencing new table as changed for each statement execute function membership_roles_changed();
create trigger membership_roles_taken after delete on membership_role
    referencing old table as changed for each statement execute function membership_roles_changed();

alter function membership_ended() owner to fundrail_system;
alter function membership_role_changing() owner to fundrail_system;
alter function membership_roles_changed() owner to fundrail_system;
revoke all on function membership_ended(), membership_role_changing(), membership_roles_changed() from public;

-- Keys of makers who were removed before this rule was there.
set local role fundrail_system;
update api_key k set revoked_at = now()
where k.revoked_at is null
  and not exists (select from membership m where m.tenant_id = k.tenant_id and m.user_id = k.created_by);
update invitation i set revoked_at = now()
where i.accepted_at is null and i.revoked_at is null
  and not exists (select from membership m where m.tenant_id = i.tenant_id and m.user_id = i.invited_by);
set local role fundrail_owner;
