-- Approved KYC files whose last day is over.
--
-- Called by `investors-worker`, which ends each of them as its tenant.
create or replace function kyc_files_to_expire(today date, wanted integer) returns table (tenant_id uuid, investor_id uuid)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select f.tenant_id, f.investor_id from kyc_file f
    where f.state = 'approved' and f.valid_until < today order by f.valid_until limit wanted
$$;

alter function kyc_files_to_expire(date, integer) owner to fundrail_system;
revoke all on function kyc_files_to_expire(date, integer) from public;
