-- An API key holds only while the member who is responsible for it has the second factor that their tenant requires. The functions
-- that say so return more than before, and a function's result cannot be changed: they are created anew from their files.

drop function if exists auth_find_api_key(text);
drop function if exists auth_reset_factor(uuid, boolean);

-- Which keys is this person responsible for, in all tenants.
create index api_key_by_person on api_key (created_by) where revoked_at is null;
