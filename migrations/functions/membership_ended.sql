-- What a member has created ends with their membership, whoever ends it: sessions, keys, invitations. So do open invitations to
-- them, since ending a membership must not leave a way back open.
--
-- Called by the trigger of membership.
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

alter function membership_ended() owner to fundrail_system;
revoke all on function membership_ended() from public;
