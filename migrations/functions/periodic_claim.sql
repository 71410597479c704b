-- Which of these tasks are due; they count as begun. The check precedes the insert, which would lock rows.
--
-- Called by the worker of `jobs` at every wake-up.
create or replace function periodic_claim(names text[], seconds integer[]) returns text[]
    language sql security definer set search_path = public, pg_temp
as $$
    with task as (
        select t.name, t.seconds from unnest(names, seconds) as t(name, seconds)
        where not exists (select from periodic_task p where p.name = t.name and p.due_at > now())
    ),
    claimed as (
        insert into periodic_task as p (name, due_at)
        select t.name, now() + make_interval(secs => t.seconds) from task t order by t.name
        on conflict (name) do update set due_at = excluded.due_at where p.due_at <= now()
        returning p.name)
    select coalesce(array_agg(name), '{}') from claimed
$$;

alter function periodic_claim(text[], integer[]) owner to fundrail_system;
revoke all on function periodic_claim(text[], integer[]) from public;
