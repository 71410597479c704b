-- A written event waits for its seal.
--
-- Called by the trigger of audit_event.
create or replace function audit_event_queue() returns trigger language plpgsql set search_path = public, pg_temp
as $$
begin
    insert into audit_pending (tenant_id, event_id) values (new.tenant_id, new.id);
    return null;
end
$$;
