-- When a fund appears in the catalogue or leaves it, so do its share classes: their own trigger works it out.
--
-- Called by the trigger of fund.
create or replace function fund_lists_classes() returns trigger
    language plpgsql set search_path = public, pg_temp
as $$
begin
    update share_class set listed = listed where fund_id = new.id;
    return null;
end
$$;
