-- SHA-256 over all fields of an event.
--
-- Called by audit_seal_tenant; `domain` computes the same when a trail is verified.
create or replace function audit_event_hash(e audit_event) returns text
    language sql stable parallel safe set search_path = public, pg_temp
as $$
    select encode(sha256(convert_to(
        audit_field(e.tenant_id::text) || audit_field(e.id::text) || audit_field(rfc3339(e.occurred_at))
        || audit_field(e.actor_kind) || audit_field(e.actor_id::text) || audit_field(e.action)
        || audit_field(e.subject_kind) || audit_field(e.subject_id) || audit_field(e.detail)
        || audit_field(e.request_id) || audit_field(e.client_address), 'UTF8')), 'hex')
$$;
