-- A person's sessions are theirs in every tenant, while row-level security shows those of one: what changes the person (a
-- second factor, a verified address) has to reach all of them, and a person sees and ends each.
create function auth_own_sessions() returns table (
        tenant_id uuid, id uuid, device text, client_address text,
        created_at timestamptz, last_used_at timestamptz, expires_at timestamptz)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select s.tenant_id, s.id, s.device, s.client_address, s.created_at, s.last_used_at, s.expires_at
    from session s
    where s.user_id = app_user_id() and s.revoked_at is null and s.expires_at > now()
$$;

-- Ends one of them; answers the tenant that it was in.
create function auth_revoke_own_session(wanted uuid, reason text) returns table (tenant_id uuid)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    update session s set revoked_at = now(), revoke_reason = reason
    where s.id = wanted and s.user_id = app_user_id() and s.revoked_at is null and s.expires_at > now()
    returning s.tenant_id
$$;

alter function auth_own_sessions() owner to fundrail_system;
alter function auth_revoke_own_session(uuid, text) owner to fundrail_system;
revoke all on function auth_own_sessions(), auth_revoke_own_session(uuid, text) from public;
grant execute on function auth_own_sessions(), auth_revoke_own_session(uuid, text) to fundrail_app;
