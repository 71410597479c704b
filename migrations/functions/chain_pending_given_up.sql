-- Counts pending logs that have been given up: every attempt failed, or crashed the worker.
--
-- Called by `jobs`, for the log.
create or replace function chain_pending_given_up() returns bigint
    language sql stable security definer set search_path = public, pg_temp
as $$ select count(*) from chain_event_pending where attempts >= 20 $$;

alter function chain_pending_given_up() owner to fundrail_system;
revoke all on function chain_pending_given_up() from public;
