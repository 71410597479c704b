-- Deletes stored responses: keys are promised for 24 hours.
--
-- Called by `jobs`, periodically.
create or replace function idempotency_prune() returns bigint
    language sql security definer set search_path = public, pg_temp
as $$
    with gone as (
        delete from idempotency_record where created_at < now() - interval '24 hours' returning 1)
    select count(*) from gone
$$;

alter function idempotency_prune() owner to fundrail_system;
revoke all on function idempotency_prune() from public;
