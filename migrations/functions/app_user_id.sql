-- The connection's user: the policies of personal data let this person's rows through, whichever tenant they act for.
--
-- Called by those policies, by queries of `platform`, and by the functions that cross tenants on behalf of a person.
create or replace function app_user_id() returns uuid
    language sql stable parallel safe
    as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;
