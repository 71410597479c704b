-- Whoever registers somebody else's address has nothing of weight there, and what they did have ends when the true owner of
-- the mailbox shows up. Second factors can be demanded of a whole tenant, and reset for who has lost theirs.

alter table tenant add column mfa_required boolean not null default false;

grant update (email_verified_at) on app_user to fundrail_system;
grant delete on user_totp, user_recovery_code, membership to fundrail_system;
grant select on user_recovery_code to fundrail_system;

-- The mailbox is somebody's, as has just been shown. The first time, what was there before is dropped: second factor, keys,
-- invitations, links; and, where the password is replaced as well, who came in by their invitations. Answers with the keys
-- in Redis of what ended; nothing when it was known before.
create function auth_prove_mailbox(proven uuid, with_people boolean) returns text[]
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    marks text[];
    gone  record;
begin
    update app_user u set email_verified_at = now() where u.id = proven and u.email_verified_at is null;
    if not found then
        return null;
    end if;
    delete from user_recovery_code c where c.user_id = proven;
    delete from user_totp f where f.user_id = proven;
    with keys as (
        update api_key k set revoked_at = now() where k.created_by = proven and k.revoked_at is null
        returning 'apikey:' || k.secret_hash as mark
    )
    select array(select mark from keys) into marks;
    update invitation i set revoked_at = now()
    where i.invited_by = proven and i.accepted_at is null and i.revoked_at is null;
    update one_time_token t set used_at = now() where t.user_id = proven and t.used_at is null;
    if with_people then
        for gone in
            select m.tenant_id, m.user_id from invitation i
            join app_user u on u.email = i.email
            join membership m on m.tenant_id = i.tenant_id and m.user_id = u.id
            where i.invited_by = proven and i.accepted_at is not null and u.id <> proven
            order by m.tenant_id, m.user_id
        loop
            delete from membership m where m.tenant_id = gone.tenant_id and m.user_id = gone.user_id;
            marks := marks
                || array(select 'session:' || s.id from session s
                         where s.tenant_id = gone.tenant_id and s.user_id = gone.user_id and s.revoked_at = now())
                || array(select 'apikey:' || k.secret_hash from api_key k
                         where k.tenant_id = gone.tenant_id and k.created_by = gone.user_id and k.revoked_at = now());
        end loop;
    end if;
    return marks;
end
$$;

-- Takes the second factor of a person away, who has lost it, and ends their sessions. By an owner of the tenant of this
-- connection only when the person belongs to no other tenant: their factor is theirs in all of them. `anywhere`: by an
-- operator. `outcome` is `unknown`, `elsewhere`, `none` (there is no factor) or `done`.
create function auth_reset_factor(wanted uuid, anywhere boolean)
    returns table (outcome text, tenant_id uuid, marks text[])
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    ended text[];
    home  uuid;
begin
    perform from user_password p where p.user_id = wanted for no key update;
    select m.tenant_id into home from membership m where m.user_id = wanted
    order by m.tenant_id <> app_tenant_id(), m.created_at, m.tenant_id limit 1;
    if home is null or (not anywhere and home <> app_tenant_id()) then
        return query select 'unknown', null::uuid, array[]::text[];
        return;
    end if;
    if not anywhere and exists (
        select from membership m where m.user_id = wanted and m.tenant_id <> app_tenant_id()) then
        return query select 'elsewhere', null::uuid, array[]::text[];
        return;
    end if;
    delete from user_totp f where f.user_id = wanted;
    if not found then
        return query select 'none', null::uuid, array[]::text[];
        return;
    end if;
    delete from user_recovery_code c where c.user_id = wanted;
    with gone as (
        update session s set revoked_at = now(), revoke_reason = 'factor_reset'
        where s.user_id = wanted and s.revoked_at is null
        returning 'session:' || s.id as mark
    )
    select array(select mark from gone) into ended;
    return query select 'done', home, ended;
end
$$;

alter function auth_prove_mailbox(uuid, boolean) owner to fundrail_system;
alter function auth_reset_factor(uuid, boolean) owner to fundrail_system;
revoke all on function auth_prove_mailbox(uuid, boolean), auth_reset_factor(uuid, boolean) from public;
grant execute on function auth_prove_mailbox(uuid, boolean), auth_reset_factor(uuid, boolean) to fundrail_app;
