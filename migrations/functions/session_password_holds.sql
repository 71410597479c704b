-- Whether a session is based on the current password.
--
-- Called by `platform`, and by the functions that find sessions and challenges.
create or replace function session_password_holds(wanted_user uuid, wanted_version bigint) returns boolean
    language sql stable
    as $$ select exists (select from user_password p where p.user_id = wanted_user and p.version = wanted_version) $$;
