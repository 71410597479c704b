-- Counts the versions of an investor's identity, so that no writer can forget to; what a writer says about them is overruled.
--
-- Called by the trigger of investor.
create or replace function investor_count_identity() returns trigger
    language plpgsql set search_path = public, pg_temp
as $$
begin
    if investor_identity(new) is distinct from investor_identity(old) then
        new.identity_version := old.identity_version + 1;
        new.identity_changed_at := clock_timestamp();
    else
        new.identity_version := old.identity_version;
        new.identity_changed_at := old.identity_changed_at;
    end if;
    return new;
end
$$;
