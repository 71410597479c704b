-- A tenant begins with an empty chain. Runs as the system, since components write no heads.
--
-- Called by the trigger of tenant.
create or replace function audit_head_begin() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    insert into audit_head (tenant_id, position, chain_hash) values (new.id, 0, '');
    return null;
end
$$;

alter function audit_head_begin() owner to fundrail_system;
revoke all on function audit_head_begin() from public;
