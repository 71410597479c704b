-- A written event waits for its seal. Whoever may write an event need not be able to write into the queue.
--
-- Called by the trigger of audit_event.
create or replace function audit_event_queue() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    insert into audit_pending (tenant_id, event_id) values (new.tenant_id, new.id);
    return null;
end
$$;

alter function audit_event_queue() owner to fundrail_system;
revoke all on function audit_event_queue() from public;
