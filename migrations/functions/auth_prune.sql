-- Deletes what has expired. Sessions are kept for 30 days after their end, so that they can be looked at.
--
-- Called by `jobs`, periodically.
create or replace function auth_prune() returns bigint
    language sql volatile security definer set search_path = public, pg_temp
as $$
    with challenges as (delete from login_challenge where expires_at < now() - interval '1 day' returning 1),
    links as (delete from one_time_token where expires_at < now() - interval '7 days' returning 1),
    failures as (delete from sign_in_failure where last_failed_at < now() - interval '2 days' returning 1),
    tokens as (delete from refresh_token where expires_at < now() - interval '1 day' returning 1),
    sessions as (
        delete from session where coalesce(revoked_at, expires_at) < now() - interval '30 days' returning 1)
    select (select count(*) from challenges) + (select count(*) from links) + (select count(*) from failures)
         + (select count(*) from tokens) + (select count(*) from sessions)
$$;

alter function auth_prune() owner to fundrail_system;
revoke all on function auth_prune() from public;
