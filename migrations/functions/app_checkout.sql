-- How a component takes over a connection: in one statement, and silently.
--
-- A procedure may end a transaction only if it is called outside of one (2D000 otherwise). So the `rollback` below does nothing
-- to a connection in proper state, and detects one on which somebody has left a transaction open, for the caller to roll back and
-- call again. A plain `rollback` at every checkout would write a warning into Postgres' log whenever there is nothing to roll
-- back.
--
-- Called by `platform` whenever it takes a connection from the pool.
create or replace procedure app_checkout(tenant text, acting_user text)
language plpgsql
as $$
begin
    rollback;
    perform set_config('app.tenant_id', tenant, false), set_config('app.user_id', acting_user, false);
end;
$$;

revoke all on procedure app_checkout(text, text) from public;
