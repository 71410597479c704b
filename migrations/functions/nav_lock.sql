-- Locks the values of a share class until the end of the transaction.
--
-- Called by `fund-listing` before it compares a value with earlier ones, and by nav_version_number.
create or replace function nav_lock(of_class uuid) returns void
    language sql
    as $$ select pg_advisory_xact_lock(hashtextextended('nav:' || of_class, 0)) $$;
