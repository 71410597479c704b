-- Net asset values of share classes, in versions: a value that was published stays, right or wrong, since holders have traded
-- on it. A correction is a further version which names the one that it replaces, and why. What moves further than its class
-- allows waits for a second person.
--
-- The table nav is what counts: of each day the last version. It follows from nav_version by a trigger, and components do not
-- write it. What is loaded into nav itself, development data say, becomes a version likewise.

-- Every value that was ever published. Inserted, never changed or deleted.
create table nav_version (
    id             uuid primary key,
    share_class_id uuid not null references share_class (id),
    -- Numbers the versions of a class in the order of their commits: it is given by a trigger, under a lock that is held until
    -- then.
    position       bigint not null,
    -- The day whose closing values it was computed from.
    nav_date       date not null,
    -- In the currency of the class.
    per_share      numeric not null,
    published_at   timestamptz not null default now(),
    -- Who says so: `issuer` when published through the API, `demonstration` when made up for a development machine.
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

create trigger nav_version_number before insert on nav_version for each row execute function nav_version_number();
create trigger nav_follow_version after insert on nav_version for each row
    when (pg_trigger_depth() = 0) execute function nav_follow_version();

alter table nav_version enable row level security;
alter table nav_version force row level security;
create policy nav_version_read on nav_version for select using (true);
create policy nav_version_insert on nav_version for insert with check (app_issues_share_class(share_class_id));
grant select, insert on nav_version to fundrail_system;

-- Net asset value a share, as it counts.
create table nav (
    share_class_id uuid not null references share_class (id),
    nav_date       date not null,
    per_share      numeric not null,
    published_at   timestamptz not null default now(),
    source         text not null,
    version_id     uuid references nav_version (id),
    primary key (share_class_id, nav_date),
    constraint nav_per_share_range check (per_share > 0 and per_share < 1e18),
    constraint nav_per_share_scale check (scale(per_share) <= 10),
    constraint nav_source_length check (char_length(source) between 1 and 100),
    constraint nav_published_after_its_day check (published_at >= nav_date::timestamp at time zone 'utc')
);

create trigger nav_keep_version after insert on nav for each row
    when (new.version_id is null) execute function nav_keep_version();

alter table nav enable row level security;
alter table nav force row level security;
create policy nav_read on nav for select using (true);
grant select, insert, update on nav to fundrail_system;

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
    -- Of a machine: who has made its key, and so knows it. They do not approve either.
    key_made_by     uuid references app_user (id),
    constraint nav_proposal_state_known check (state in ('pending', 'published', 'rejected', 'superseded')),
    constraint nav_proposal_reason_given check ((replaces is null) = (reason is null)),
    constraint nav_proposal_per_share_range check (per_share > 0 and per_share < 1e18),
    constraint nav_proposal_published_complete check ((state = 'published') = (version_id is not null)),
    constraint nav_proposal_two_persons check (state <> 'published' or decided_by <> proposed_by),
    constraint nav_proposal_not_by_maker check (state <> 'published' or decided_by is distinct from key_made_by)
);
create unique index nav_proposal_pending_once on nav_proposal (share_class_id, nav_date) where state = 'pending';
create index nav_proposal_of_class on nav_proposal (share_class_id, id);

alter table nav_proposal enable row level security;
alter table nav_proposal force row level security;
create policy nav_proposal_of_issuer on nav_proposal
    using (app_issues_share_class(share_class_id)) with check (app_issues_share_class(share_class_id));
