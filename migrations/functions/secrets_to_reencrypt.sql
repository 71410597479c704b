-- Secrets that are encrypted with a key other than the current one, a few of each kind.
--
-- Called by `jobs` after the keys were rotated.
create or replace function secrets_to_reencrypt(current_key text, wanted integer)
    returns table (kind text, id text, sealed text, key_id text)
    language sql stable security definer set search_path = public, pg_temp
as $$
    (select 'signing_key', kid, secret_sealed, secret_key_id from signing_key where secret_key_id <> current_key limit wanted)
    union all
    -- What stands before and behind the current key is in the index, and nearly always nothing; what differs from it is not.
    (select 'totp', user_id::text, secret_sealed, secret_key_id from user_totp
     where secret_key_id < current_key order by secret_key_id limit wanted)
    union all
    (select 'totp', user_id::text, secret_sealed, secret_key_id from user_totp
     where secret_key_id > current_key order by secret_key_id limit wanted)
    union all
    (select 'notification', n.id::text, secret_sealed, secret_key_id from notification n
     where secret_sealed is not null and secret_key_id < current_key order by secret_key_id limit wanted)
    union all
    (select 'notification', n.id::text, secret_sealed, secret_key_id from notification n
     where secret_sealed is not null and secret_key_id > current_key order by secret_key_id limit wanted)
    union all
    (select 'investor_change', c.id::text, secret_sealed, secret_key_id from investor_change c
     where secret_key_id < current_key order by secret_key_id limit wanted)
    union all
    (select 'investor_change', c.id::text, secret_sealed, secret_key_id from investor_change c
     where secret_key_id > current_key order by secret_key_id limit wanted)
$$;

alter function secrets_to_reencrypt(text, integer) owner to fundrail_system;
revoke all on function secrets_to_reencrypt(text, integer) from public;
