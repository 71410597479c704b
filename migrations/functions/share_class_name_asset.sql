-- Gives a share class of the connection's tenant the symbol under which it is priced, or takes it away, and names the asset after
-- the class. Runs as the system, since components do not write assets; so it asks whose class it is.
--
-- Called by `fund-listing` whenever it writes a share class.
create or replace function share_class_name_asset(wanted_class uuid, wanted_id uuid, wanted_symbol text) returns void
    language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if not app_issues_share_class(wanted_class) then
        raise exception 'a share class of another tenant' using errcode = 'insufficient_privilege';
    end if;
    if wanted_symbol is null then
        delete from asset where share_class_id = wanted_class;
        return;
    end if;
    insert into asset (id, symbol, name, asset_class, currency, share_class_id)
    select wanted_id, wanted_symbol, left(f.name || ' ' || c.name, 200), 'fund_share', c.currency, c.id
    from share_class c join fund f on f.id = c.fund_id
    where c.id = wanted_class
    on conflict (share_class_id) do update
    set symbol = excluded.symbol, name = excluded.name, currency = excluded.currency;
end
$$;

alter function share_class_name_asset(uuid, uuid, text) owner to fundrail_system;
revoke all on function share_class_name_asset(uuid, uuid, text) from public;
