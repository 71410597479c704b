-- Times leave the database as RFC 3339 text in UTC with microseconds: stock Spin cannot pass a timestamptz.
--
-- Called by queries of nearly every component, by views, and by functions that return times.
create or replace function rfc3339(moment timestamptz) returns text
    language sql immutable parallel safe
    as $$ select to_char(moment at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;
