-- Ends every session of the connection's user, in all tenants, except the one to be kept. A new password does this.
--
-- Called by `auth` and by `auth-password`.
create or replace function auth_revoke_own_sessions(kept uuid, reason text) returns table (tenant_id uuid, id uuid)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    update session s set revoked_at = now(), revoke_reason = reason
    where s.user_id = app_user_id() and s.revoked_at is null and s.id is distinct from kept
    returning s.tenant_id, s.id
$$;

alter function auth_revoke_own_sessions(uuid, text) owner to fundrail_system;
revoke all on function auth_revoke_own_sessions(uuid, text) from public;
