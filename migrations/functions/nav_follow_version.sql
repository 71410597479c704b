-- The current values follow from the versions: the last one for each day. Runs as the system, since components do not write nav.
--
-- Called by the trigger of nav_version.
create or replace function nav_follow_version() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    insert into nav (share_class_id, nav_date, per_share, published_at, source, version_id)
    values (new.share_class_id, new.nav_date, new.per_share, new.published_at, new.source, new.id)
    on conflict on constraint nav_pkey do update set
        per_share = excluded.per_share, published_at = excluded.published_at, source = excluded.source,
        version_id = excluded.version_id;
    return null;
end
$$;

alter function nav_follow_version() owner to fundrail_system;
revoke all on function nav_follow_version() from public;
