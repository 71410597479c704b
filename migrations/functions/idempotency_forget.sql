-- A stored response to an enrolment contains a secret, which must be deleted once that secret takes effect: it may have been
-- requested in one tenant and confirmed in another.
--
-- Called by `platform`, on behalf of `auth`, when a second factor is enrolled, confirmed or removed.
create or replace function idempotency_forget(of_route text) returns void
    language sql volatile security definer set search_path = public, pg_temp
as $$
    delete from idempotency_record where principal_id = app_user_id() and route = of_route
$$;

alter function idempotency_forget(text) owner to fundrail_system;
revoke all on function idempotency_forget(text) from public;
