-- An open invitation, by the secret in its link.
--
-- Called by `auth` and by `auth-password`.
create or replace function auth_find_invitation(wanted_hash text)
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

alter function auth_find_invitation(text) owner to fundrail_system;
revoke all on function auth_find_invitation(text) from public;
