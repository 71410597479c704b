-- The outbox of mail.

-- Mail to be sent. The link in it is a secret and is encrypted.
create table notification (
    -- Null for mail to a person who is a member nowhere any more: they still have an account, and may have forgotten its
    -- password. Such a mail belongs to them and to no tenant.
    tenant_id     uuid references tenant (id),
    id            uuid primary key,
    kind          text not null,
    recipient     text not null,
    payload       text not null default '{}',
    secret_sealed text,
    secret_key_id text,
    created_at    timestamptz not null default now(),
    sent_at       timestamptz,
    user_id       uuid references app_user (id),
    constraint notification_of_somebody check (tenant_id is not null or user_id is not null),
    constraint notification_secret_complete check ((secret_sealed is null) = (secret_key_id is null))
);
create index notification_of_tenant on notification (tenant_id, id);
-- How many mails went to a mailbox, whatever accounts they are for.
create index notification_to_recipient on notification (recipient, created_at);
create index notification_unsent on notification (created_at) where sent_at is null;

alter table notification enable row level security;
alter table notification force row level security;
create policy notification_of_tenant on notification
    using (tenant_id = (select app_tenant_id()) or (tenant_id is null and user_id = (select app_user_id())))
    with check (tenant_id = (select app_tenant_id()) or (tenant_id is null and user_id = (select app_user_id())));
grant select, update, delete on notification to fundrail_system;
