-- One field of what is hashed: its length in bytes, a colon and its value; a hyphen for null. So no two events look alike.
--
-- Called by audit_event_hash.
create or replace function audit_field(field text) returns text
    language sql immutable parallel safe
    as $$ select case when field is null then '-' else octet_length(field) || ':' || field end $$;
