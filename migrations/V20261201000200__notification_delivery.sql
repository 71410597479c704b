-- The outbox of mail is worked off: `notification_claim` leases what is due, and `notification_sent` or `notification_failed` says what
-- became of it.

alter table notification
    -- Number of attempts so far; the last one may still be under way.
    add column attempts    integer not null default 0,
    -- When the next attempt may begin: at once, after a pause, or when the lease of the last one has run out.
    add column due_at      timestamptz not null default now(),
    -- Why the last attempt failed.
    add column last_error  text,
    -- When it was given up: a dead letter, which stays until `notification_prune`.
    add column given_up_at timestamptz,
    -- When the log named it as given up.
    add column reported_at timestamptz,
    add constraint notification_sent_or_given_up check (sent_at is null or given_up_at is null);

drop index notification_unsent;
create index notification_due on notification (due_at, id) where sent_at is null and given_up_at is null;
create index notification_given_up on notification (given_up_at) where given_up_at is not null and reported_at is null;
