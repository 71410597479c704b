-- Three ways in which authority outlived a decision, or was guessed at without end.
--
-- Whoever is removed from a tenant came back by an invitation to them that was still open; and an owner of the tenant that an
-- operator belongs to could take the operator's second factor away, which guards every tenant.
--
-- And a stolen session guessed at the current password of its owner from as many addresses as it liked: such tries were counted
-- by address alone. They are counted by the person as well.

alter table sign_in_failure
    drop constraint sign_in_failure_scope_known,
    add constraint sign_in_failure_scope_known check (scope in ('account', 'address', 'pair', 'device', 'person'));

-- What a member has made ends with the membership, whoever ends that: sessions, keys, invitations. So do open invitations to
-- them: who ends a membership does not leave a way back open.
create or replace function membership_ended() returns trigger
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
    where i.tenant_id = old.tenant_id and i.accepted_at is null and i.revoked_at is null
      and (i.invited_by = old.user_id or i.email = (select u.email from app_user u where u.id = old.user_id));
    if cardinality(marks) > 0 then
        insert into job (id, kind, payload)
        values (gen_random_uuid(), 'session.mark', jsonb_build_object('keys', marks, 'revoked', true));
    end if;
    return null;
end
$$;

-- Takes the second factor of a person away, who has lost it, and ends their sessions. By an owner of the tenant of this
-- connection only when the person belongs to no other tenant, since their factor is theirs in all of them, and holds no role
-- that tenants cannot give, since those reach beyond. `anywhere`: by an operator. `outcome` is `unknown`, `operator`,
-- `elsewhere`, `none` (there is no factor) or `done`.
create or replace function auth_reset_factor(wanted uuid, anywhere boolean)
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
        select from membership_role r join role o on o.name = r.role where r.user_id = wanted and not o.assignable) then
        return query select 'operator', null::uuid, array[]::text[];
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
