-- What an API key permits now: its scopes, limited to what the member responsible for it may do, and whether that member lacks the
-- second factor that the tenant requires. Nothing if the key has ended or that member is gone. Records its use, at most once a minute, unless a transaction that relies on the key is in progress.
--
-- Called by `platform` for a request with a key that is not in the cache.
create or replace function auth_find_api_key(wanted_hash text)
    returns table (tenant_id uuid, id uuid, scopes text[], rate_per_minute integer, expires_at bigint, tenant_name text,
                   tenant_kind text, factor_missing boolean)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    with found as (
        select k.tenant_id, k.id, k.scopes, k.created_by, k.rate_per_minute, k.expires_at, k.last_used_at, t.name, t.kind
        from api_key k
        join tenant t on t.id = k.tenant_id
        join membership m on m.tenant_id = k.tenant_id and m.user_id = k.created_by
        where k.secret_hash = wanted_hash and k.revoked_at is null and k.expires_at > now()
    ),
    free as (
        select k.id from api_key k join found f on k.tenant_id = f.tenant_id and k.id = f.id
        where f.last_used_at is null or f.last_used_at < now() - interval '1 minute'
        for no key update of k skip locked
    ),
    noted as (
        update api_key k set last_used_at = now() from found f, free
        where k.tenant_id = f.tenant_id and k.id = f.id and free.id = k.id
    )
    select f.tenant_id, f.id, api_key_allows(f.tenant_id, f.created_by, f.scopes), f.rate_per_minute,
           extract(epoch from f.expires_at)::bigint, f.name, f.kind, not member_meets_demand(f.tenant_id, f.created_by)
    from found f
$$;

alter function auth_find_api_key(text) owner to fundrail_system;
revoke all on function auth_find_api_key(text) from public;
