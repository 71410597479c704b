-- Who signs in with an e-mail address, and to which tenant: the one used last, or else the oldest membership.
--
-- Called by `auth-password` when somebody signs in.
create or replace function auth_find_credentials(wanted_email text, from_address_hash text)
    returns table (user_id uuid, password_hash text, password_version bigint, tenant_id uuid, has_mfa boolean,
                   address_known boolean)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select u.id, p.hash, p.version, t.tenant_id, coalesce(f.confirmed_at is not null, false),
           exists (select from user_address a where a.user_id = u.id and a.address_hash = from_address_hash)
    from app_user u
    join user_password p on p.user_id = u.id
    left join user_totp f on f.user_id = u.id
    left join lateral (
        select m.tenant_id from membership m
        left join lateral (
            select max(s.created_at) as at from session s where s.tenant_id = m.tenant_id and s.user_id = m.user_id
        ) last on true
        where m.user_id = u.id
        order by last.at desc nulls last, m.created_at, m.tenant_id
        limit 1
    ) t on true
    where u.email = wanted_email
$$;

alter function auth_find_credentials(text, text) owner to fundrail_system;
revoke all on function auth_find_credentials(text, text) from public;
