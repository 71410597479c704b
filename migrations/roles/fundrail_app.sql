-- What every component may do, whatever its domain: take over a connection, ask who is calling and whether they still may, check a
-- token, and keep the answers of requests that may be repeated. Nobody connects as this role; all others are its members.

grant select, insert, delete on idempotency_record to fundrail_app;
grant select (created_at, kid, public_key, verifies_until) on signing_key to fundrail_app;

grant execute on procedure app_checkout to fundrail_app;
grant execute on function auth_find_api_key to fundrail_app;
grant execute on function auth_find_session to fundrail_app;
grant execute on function authority_hold to fundrail_app;
