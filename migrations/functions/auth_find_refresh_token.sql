-- The session of a refresh token. Locks the token, so that concurrent uses of it see each other, and its session, so that whoever
-- ends that comes before or after.
--
-- Called by `auth`, in the transaction that uses it.
create or replace function auth_find_refresh_token(wanted_hash text)
    returns table (tenant_id uuid, id uuid, session_id uuid, user_id uuid, seed bytea, expires_at text, used_at text,
                   session_expires_at text, session_revoked boolean, is_member boolean)
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
begin
    perform from refresh_token r join session s on s.tenant_id = r.tenant_id and s.id = r.session_id
    where r.token_hash = wanted_hash
    for update of r for no key update of s;
    -- A separate statement after the locks: it sees what was committed while waiting for them.
    return query
        select r.tenant_id, r.id, r.session_id, s.user_id, r.seed, rfc3339(r.expires_at), rfc3339(r.used_at),
               rfc3339(s.expires_at), s.revoked_at is not null or not session_password_holds(s.user_id, s.password_version),
               exists (select from membership m where m.tenant_id = s.tenant_id and m.user_id = s.user_id)
        from refresh_token r
        join session s on s.tenant_id = r.tenant_id and s.id = r.session_id
        where r.token_hash = wanted_hash;
end
$$;

alter function auth_find_refresh_token(text) owner to fundrail_system;
revoke all on function auth_find_refresh_token(text) from public;
