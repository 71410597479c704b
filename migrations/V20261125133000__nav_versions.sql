-- A published net asset value stayed for good, right or wrong, and one a hundred times too high was served at once. Now every
-- value is a version that stays; a correction is a further version which names the one that it replaces, and why. What moves
-- further than its class allows waits for a second person (nav_proposal).
--
-- The table nav is what counts: of each day the last version. It follows from nav_version by a trigger, and components no longer
-- write it.

alter table share_class
    -- How often it is valued: what a value's age is measured by.
    add column dealing_frequency text not null default 'daily',
    -- How far a value may move, from the day before or from the value that it replaces, without a second person; in hundredths
    -- of a per cent.
    add column nav_move_limit_bps integer not null default 1000,
    add constraint share_class_dealing_frequency_known check (dealing_frequency in ('daily', 'weekly', 'monthly', 'quarterly')),
    add constraint share_class_nav_move_limit_range check (nav_move_limit_bps between 0 and 10000);

-- Every value that was ever published. Inserted, never changed or deleted: holders have traded on it.
create table nav_version (
    id             uuid primary key,
    share_class_id uuid not null references share_class (id),
    -- Numbers the versions of a class in the order of their commits: it is given under a lock that is held until then.
    position       bigint not null,
    nav_date       date not null,
    per_share      numeric not null,
    published_at   timestamptz not null default now(),
    source         text not null,
    -- The version that it corrects, and why.
    replaces       uuid references nav_version (id),
    reason         text,
    -- Who published it, and by which key if by a machine; null for what was not published through the API.
    published_by   uuid references app_user (id),
    published_with uuid,
    -- The second person, where one was needed.
    approved_by    uuid references app_user (id),
    constraint nav_version_position_once unique (share_class_id, position),
    constraint nav_version_replaced_once unique (replaces),
    constraint nav_version_reason_given check ((replaces is null) = (reason is null)),
    constraint nav_version_reason_length check (char_length(reason) between 1 and 1000),
    constraint nav_version_per_share_range check (per_share > 0 and per_share < 1e18),
    constraint nav_version_per_share_scale check (scale(per_share) <= 10),
    constraint nav_version_source_length check (char_length(source) between 1 and 100),
    constraint nav_version_two_persons check (approved_by <> published_by),
    constraint nav_version_published_after_its_day check (published_at >= nav_date::timestamp at time zone 'utc')
);
create unique index nav_version_first_once on nav_version (share_class_id, nav_date) where replaces is null;
alter table nav_version enable row level security;
alter table nav_version force row level security;
create policy nav_version_read on nav_version for select using (true);
create policy nav_version_insert on nav_version for insert with check (app_issues_share_class(share_class_id));
grant select, insert on nav_version to fundrail_app;
grant select, insert on nav_version to fundrail_system;

-- A value that waits for a second person. Nobody but its issuer sees it. What is proposed never changes, so that whoever
-- approves it has seen it.
create table nav_proposal (
    id              uuid primary key,
    share_class_id  uuid not null references share_class (id),
    nav_date        date not null,
    per_share       numeric not null,
    replaces        uuid references nav_version (id),
    reason          text,
    -- How far it moves, in hundredths of a per cent, rounded; null beyond all numbers.
    move_bps        numeric,
    state           text not null default 'pending',
    proposed_by     uuid not null references app_user (id),
    proposed_with   uuid,
    proposed_at     timestamptz not null default now(),
    decided_by      uuid references app_user (id),
    decided_at      timestamptz,
    decision_reason text,
    version_id      uuid references nav_version (id),
    constraint nav_proposal_state_known check (state in ('pending', 'published', 'rejected', 'superseded')),
    constraint nav_proposal_reason_given check ((replaces is null) = (reason is null)),
    constraint nav_proposal_per_share_range check (per_share > 0 and per_share < 1e18),
    constraint nav_proposal_published_complete check ((state = 'published') = (version_id is not null)),
    constraint nav_proposal_two_persons check (state <> 'published' or decided_by <> proposed_by)
);
create unique index nav_proposal_pending_once on nav_proposal (share_class_id, nav_date) where state = 'pending';
create index nav_proposal_of_class on nav_proposal (share_class_id, id);
alter table nav_proposal enable row level security;
alter table nav_proposal force row level security;
create policy nav_proposal_of_issuer on nav_proposal
    using (app_issues_share_class(share_class_id)) with check (app_issues_share_class(share_class_id));
grant select, insert, update (state, decided_by, decided_at, decision_reason, version_id) on nav_proposal to fundrail_app;

-- Whether a member of the connection's tenant has a permission now.
create function app_member_may(member uuid, wanted text) returns boolean
    language sql stable
    as $$
        select exists (
            select from membership_role r join role_permission p on p.role = r.role
            where r.tenant_id = app_tenant_id() and r.user_id = member and p.permission = wanted)
    $$;

-- Holds the values of a class until the end of the transaction.
create function nav_lock(of_class uuid) returns void
    language sql
    as $$ select pg_advisory_xact_lock(hashtextextended('nav:' || of_class, 0)) $$;

alter table nav add column version_id uuid references nav_version (id);
revoke insert on nav from fundrail_app;
drop policy nav_insert on nav;
grant select, insert, update on nav to fundrail_system;

create function nav_version_number() returns trigger
    language plpgsql set search_path = public, pg_temp
as $$
begin
    perform nav_lock(new.share_class_id);
    -- A statement of its own, and so with what others have committed before the lock was given.
    new.position := (select coalesce(max(v.position), 0) + 1 from nav_version v where v.share_class_id = new.share_class_id);
    return new;
end
$$;
create trigger nav_version_number before insert on nav_version for each row execute function nav_version_number();

-- What counts follows from the versions.
create function nav_follow_version() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    insert into nav (share_class_id, nav_date, per_share, published_at, source, version_id)
    values (new.share_class_id, new.nav_date, new.per_share, new.published_at, new.source, new.id)
    on conflict on constraint nav_pkey do update set
        per_share = excluded.per_share, published_at = excluded.published_at, source = excluded.source,
        version_id = excluded.version_id;
    return null;
end
$$;
create trigger nav_follow_version after insert on nav_version for each row
    when (pg_trigger_depth() = 0) execute function nav_follow_version();

-- And what is loaded into nav, development data say, is a version too.
create function nav_keep_version() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    version uuid := gen_random_uuid();
begin
    insert into nav_version (id, share_class_id, nav_date, per_share, published_at, source)
    values (version, new.share_class_id, new.nav_date, new.per_share, new.published_at, new.source);
    update nav set version_id = version where share_class_id = new.share_class_id and nav_date = new.nav_date;
    return null;
end
$$;
create trigger nav_keep_version after insert on nav for each row
    when (new.version_id is null) execute function nav_keep_version();

-- The latest price of everything that ever had one: the newest tick, or of a share class its newest net asset value, which is
-- of the day that it was worked out for, whenever it was published.
create or replace view latest_price with (security_invoker = true) as
    select a.id as asset_id, a.symbol, a.asset_class, a.currency, latest.price, latest.source, latest.as_of, c.dealing_frequency
    from asset a
    left join share_class c on c.id = a.share_class_id
    cross join lateral (
        (select t.price, t.source, t.as_of from price_tick t
         where t.asset_id = a.id and a.share_class_id is null
         order by t.as_of desc, t.source limit 1)
        union all
        (select n.per_share, 'nav:' || n.source, n.nav_date::timestamp at time zone 'utc' from nav n
         where n.share_class_id = a.share_class_id
         order by n.nav_date desc limit 1)
    ) latest;

alter function nav_follow_version() owner to fundrail_system;
alter function nav_keep_version() owner to fundrail_system;
revoke all on function nav_follow_version(), nav_keep_version() from public;

-- What has been published so far. As a role that reads and writes the values of every issuer.
set local role fundrail_system;
insert into nav_version (id, share_class_id, position, nav_date, per_share, published_at, source)
select gen_random_uuid(), share_class_id, 0, nav_date, per_share, published_at, source
from nav order by share_class_id, published_at, nav_date;
update nav n set version_id = v.id from nav_version v
where v.share_class_id = n.share_class_id and v.nav_date = n.nav_date and n.version_id is null;
set local role fundrail_owner;
