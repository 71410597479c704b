-- The mailbox has just been shown to be somebody's. The first time, everything from before is dropped: second factor, keys,
-- invitations and links; and, if the password is replaced as well, anybody who joined through their invitations. Returns the
-- Redis keys of what ended; nothing if it was already verified.
--
-- Called by `platform` when a link sent by e-mail is used.
create or replace function auth_prove_mailbox(proven uuid, with_people boolean) returns text[]
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

alter function auth_prove_mailbox(uuid, boolean) owner to fundrail_system;
revoke all on function auth_prove_mailbox(uuid, boolean) from public;
