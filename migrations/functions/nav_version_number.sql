-- Numbers a version within its share class, under a lock that is held until the commit: a reader who follows by it misses
-- nothing.
--
-- Called by the trigger of nav_version.
create or replace function nav_version_number() returns trigger
    language plpgsql set search_path = public, pg_temp
as $$
begin
    perform nav_lock(new.share_class_id);
    -- A separate statement, and so with what others committed before the lock was granted.
    new.position := (select coalesce(max(v.position), 0) + 1 from nav_version v where v.share_class_id = new.share_class_id);
    return new;
end
$$;
