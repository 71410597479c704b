-- What is loaded into nav directly, e.g. development data, is a version too.
--
-- Called by the trigger of nav.
create or replace function nav_keep_version() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    version uuid := gen_random_uuid();
begin
    insert into nav_version (id, share_class_id, nav_date, per_share, published_at, source)
    values (version, new.share_class_id, new.nav_date, new.per_share, new.published_at, new.source);
    update nav set version_id = version where share_class_id = new.share_class_id and nav_date = new.nav_date;
    return null;
end
$$;

alter function nav_keep_version() owner to fundrail_system;
revoke all on function nav_keep_version() from public;
