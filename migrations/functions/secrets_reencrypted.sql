-- Replaces the old ciphertext with a new one, unless somebody else has changed it in the meantime.
--
-- Called by `jobs` for each of secrets_to_reencrypt.
create or replace function secrets_reencrypted(kind text, wanted_id text, old_sealed text, new_sealed text, new_key text)
    returns boolean
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
begin
    case kind
        when 'signing_key' then
            update signing_key set secret_sealed = new_sealed, secret_key_id = new_key
            where kid = wanted_id and secret_sealed = old_sealed;
        when 'totp' then
            update user_totp set secret_sealed = new_sealed, secret_key_id = new_key
            where user_id = wanted_id::uuid and secret_sealed = old_sealed;
        when 'notification' then
            update notification n set secret_sealed = new_sealed, secret_key_id = new_key
            where n.id = wanted_id::uuid and n.secret_sealed = old_sealed;
        when 'investor_change' then
            update investor_change c set secret_sealed = new_sealed, secret_key_id = new_key
            where c.id = wanted_id::uuid and c.secret_sealed = old_sealed;
        else
            return false;
    end case;
    return found;
end
$$;

alter function secrets_reencrypted(text, text, text, text, text) owner to fundrail_system;
revoke all on function secrets_reencrypted(text, text, text, text, text) from public;
