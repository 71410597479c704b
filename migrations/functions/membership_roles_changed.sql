-- Caches forget what they knew about somebody whose roles have changed, whoever changed them.
--
-- Called by the triggers of membership_role.
create or replace function membership_roles_changed() returns trigger
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

alter function membership_roles_changed() owner to fundrail_system;
revoke all on function membership_roles_changed() from public;
