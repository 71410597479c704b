-- Counts the versions of a row: every update is one, whatever its writer says about the number.
--
-- Called by the triggers of issuer, fund and share_class.
create or replace function count_version() returns trigger
    language plpgsql set search_path = public, pg_temp
as $$
begin
    new.version := old.version + 1;
    new.updated_at := clock_timestamp();
    return new;
end
$$;
