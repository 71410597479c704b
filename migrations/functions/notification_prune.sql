-- An e-mail whose link has long expired no longer needs the link.
--
-- Called by `jobs`, periodically.
create or replace function notification_prune() returns bigint
    language sql volatile security definer set search_path = public, pg_temp
as $$
    with gone as (delete from notification where created_at < now() - interval '30 days' returning 1)
    select count(*) from gone
$$;

alter function notification_prune() owner to fundrail_system;
revoke all on function notification_prune() from public;
