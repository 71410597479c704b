-- Works out whether everybody sees a share class. The fund is locked, so that it does not change its mind meanwhile.
--
-- Called by the trigger of share_class.
create or replace function share_class_listed() returns trigger
    language plpgsql set search_path = public, pg_temp
as $$
begin
    new.listed := is_listed(new.status, new.deleted_at)
        and coalesce((select is_listed(f.status, f.deleted_at) from fund f where f.id = new.fund_id for share), false);
    return new;
end
$$;
