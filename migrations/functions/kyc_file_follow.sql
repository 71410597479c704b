-- The state of a KYC file is that of its last transition.
--
-- Called by the trigger of kyc_transition.
create or replace function kyc_file_follow() returns trigger
    language plpgsql set search_path = public, pg_temp
as $$
begin
    insert into kyc_file as f (tenant_id, investor_id, state, since, valid_until)
    values (new.tenant_id, new.investor_id, new.to_state, new.recorded_at, new.valid_until)
    on conflict (tenant_id, investor_id) do update
        set state = excluded.state, since = excluded.since, valid_until = excluded.valid_until;
    return null;
end
$$;
