-- Whether Postgres knows a time zone by its IANA name. Listing all of them (pg_timezone_names) reads hundreds of files.
--
-- Called by `fund-listing` for the dealing terms of a share class.
create or replace function time_zone_known(wanted text) returns boolean
    language plpgsql stable set search_path = public, pg_temp
as $$
begin
    -- Nor is it asked about abbreviations and rules (`CEST`, `Foo/Bar5`), which it would take.
    if wanted !~ '^([A-Z][A-Za-z_]+(/[A-Z][A-Za-z_-]*){1,2}|Etc/GMT[+-][0-9]{1,2}|UTC)$' then
        return false;
    end if;
    perform now() at time zone wanted;
    return true;
exception when invalid_parameter_value then
    return false;
end
$$;
