-- How we know who somebody is: passwords, addresses and devices, sessions and refresh tokens, second factors, links that are
-- mailed, API keys, and the keys by which access tokens are signed.
--
-- Secrets are never here in the clear. What only has to be recognised (tokens, keys, codes) is kept as SHA-256: it has at
-- least 80 random bits, so a slow hash would add nothing. What has to be read again (signing keys, TOTP secrets, links in
-- mails) is encrypted with a key that only the components have (variable encryption_keys), whose id stands beside it.
--
-- A new password ends what the old one began. Every password has a version; sessions, challenges and links carry the one that
-- they rest on, and are compared with it, under its lock, in the transaction that uses them.

-- Argon2id, as a PHC string that says its own parameters.
create table user_password (
    user_id    uuid primary key references app_user (id),
    hash       text not null,
    changed_at timestamptz not null default now(),
    -- One more with every new password. A hash that is only written anew with other parameters keeps it.
    version    bigint not null default 1
);

alter table user_password enable row level security;
alter table user_password force row level security;
create policy user_password_own on user_password
    using (user_id = (select app_user_id())) with check (user_id = (select app_user_id()));
grant select, update (changed_at) on user_password to fundrail_system;

-- Addresses (hashed) from which a person has signed in. A lock that strangers cause does not hold there.
create table user_address (
    user_id      uuid not null references app_user (id),
    address_hash text not null,
    last_seen_at timestamptz not null default now(),
    primary key (user_id, address_hash)
);

alter table user_address enable row level security;
alter table user_address force row level security;
create policy user_address_own on user_address
    using (user_id = (select app_user_id())) with check (user_id = (select app_user_id()));
grant select on user_address to fundrail_system;

-- Devices that somebody has signed in on, by the hash of a secret that they were given. Failures on one are counted by itself:
-- who guesses from behind the same address does not make the owner of an account wait.
create table user_device (
    user_id      uuid not null references app_user (id),
    token_hash   text not null,
    last_seen_at timestamptz not null default now(),
    primary key (user_id, token_hash)
);

alter table user_device enable row level security;
alter table user_device force row level security;
create policy user_device_own on user_device
    using (user_id = (select app_user_id())) with check (user_id = (select app_user_id()));
grant select, update on user_device to fundrail_system;

-- Failed sign-ins by account, by address, by the pair of them, and by device; keys are hashes, so that no list of tried
-- addresses is kept. An account that does not exist is counted like one that does. Wrong current passwords of who is signed in
-- are counted by address and by person: a stolen session guesses at them from as many addresses as it likes.
create table sign_in_failure (
    scope          text not null,
    key_hash       text not null,
    failures       integer not null,
    last_failed_at timestamptz not null,
    primary key (scope, key_hash),
    constraint sign_in_failure_scope_known check (scope in ('account', 'address', 'pair', 'device', 'person'))
);
create index sign_in_failure_age on sign_in_failure (last_failed_at);
grant select, delete on sign_in_failure to fundrail_system;

-- One sign-in on one device. A refresh token family is a session.
--
-- A session that grows out of another one, by going to another tenant, is of its family: it ends when that one would have
-- ended, and with it.
create table session (
    tenant_id        uuid not null references tenant (id),
    id               uuid not null,
    user_id          uuid not null references app_user (id),
    device           text,
    client_address   text,
    created_at       timestamptz not null default now(),
    last_used_at     timestamptz not null default now(),
    expires_at       timestamptz not null,
    -- When a second factor was last shown.
    mfa_at           timestamptz,
    revoked_at       timestamptz,
    revoke_reason    text,
    -- Which password it rests on.
    password_version bigint not null default 1,
    -- The session that it grew out of, and the first one of them all.
    parent_id        uuid,
    family_id        uuid not null,
    -- When the password was shown.
    authenticated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint session_id_once unique (id),
    constraint session_revoke_complete check ((revoked_at is null) = (revoke_reason is null))
);
create index session_of_user on session (tenant_id, user_id, created_at desc);
create index session_by_user on session (user_id, last_used_at desc);
create index session_family on session (family_id);

alter table session enable row level security;
alter table session force row level security;
create policy session_of_tenant on session
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, update, delete on session to fundrail_system;

-- Each is used once. Its successor is worked out from the token itself and this row's seed, so that the same parent gives
-- the same successor without that being stored anywhere.
create table refresh_token (
    tenant_id  uuid not null,
    id         uuid not null,
    session_id uuid not null,
    token_hash text not null,
    seed       bytea not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz,
    primary key (tenant_id, id),
    constraint refresh_token_hash_once unique (token_hash),
    constraint refresh_token_of_session foreign key (tenant_id, session_id)
        references session (tenant_id, id) on delete cascade
);
create index refresh_token_of_session on refresh_token (tenant_id, session_id);
create index refresh_token_age on refresh_token (expires_at);

alter table refresh_token enable row level security;
alter table refresh_token force row level security;
create policy refresh_token_of_tenant on refresh_token
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, update, delete on refresh_token to fundrail_system;

-- TOTP (RFC 6238).
create table user_totp (
    user_id        uuid primary key references app_user (id),
    secret_sealed  text not null,
    secret_key_id  text not null,
    created_at     timestamptz not null default now(),
    confirmed_at   timestamptz,
    -- The newest time step whose code was accepted: none is accepted twice.
    last_step      bigint not null default 0,
    failures       integer not null default 0,
    last_failed_at timestamptz
);

alter table user_totp enable row level security;
alter table user_totp force row level security;
create policy user_totp_own on user_totp
    using (user_id = (select app_user_id())) with check (user_id = (select app_user_id()));
grant select, update, delete on user_totp to fundrail_system;

create table user_recovery_code (
    user_id    uuid not null references app_user (id),
    code_hash  text not null,
    created_at timestamptz not null default now(),
    used_at    timestamptz,
    primary key (user_id, code_hash)
);

alter table user_recovery_code enable row level security;
alter table user_recovery_code force row level security;
create policy user_recovery_code_own on user_recovery_code
    using (user_id = (select app_user_id())) with check (user_id = (select app_user_id()));
grant select, delete on user_recovery_code to fundrail_system;

-- A password was right and a second factor is still to come.
create table login_challenge (
    id               uuid primary key,
    user_id          uuid not null references app_user (id),
    tenant_id        uuid not null references tenant (id),
    token_hash       text not null,
    attempts         integer not null default 0,
    created_at       timestamptz not null default now(),
    expires_at       timestamptz not null,
    used_at          timestamptz,
    -- The password that was shown.
    password_version bigint not null default 1,
    constraint login_challenge_hash_once unique (token_hash)
);
create index login_challenge_of_tenant on login_challenge (tenant_id, created_at);
create index login_challenge_age on login_challenge (expires_at);

alter table login_challenge enable row level security;
alter table login_challenge force row level security;
create policy login_challenge_of_tenant on login_challenge
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, delete on login_challenge to fundrail_system;

-- Links that work once: password reset, e-mail verification, another address for an account.
create table one_time_token (
    id               uuid primary key,
    user_id          uuid not null references app_user (id),
    purpose          text not null,
    token_hash       text not null,
    created_at       timestamptz not null default now(),
    expires_at       timestamptz not null,
    used_at          timestamptz,
    password_version bigint not null default 1,
    -- The address that the account had. A link goes to one address, and is about that one.
    email            text,
    -- The address that it is to have; the link was mailed there.
    new_email        text,
    from_known       boolean not null default false,
    constraint one_time_token_hash_once unique (token_hash),
    constraint one_time_token_purpose_known check (purpose in ('password_reset', 'email_verification', 'email_change')),
    constraint one_time_token_new_email_complete check ((purpose = 'email_change') = (new_email is not null)),
    constraint one_time_token_new_email_lower
        check (new_email = lower(new_email) and char_length(new_email) between 3 and 254)
);
-- Those are counted apart: a stranger who asks for links to somebody's account leaves some for its owner.
comment on column one_time_token.from_known is 'Asked for from an address that its user has signed in from before.';
create index one_time_token_of_user on one_time_token (user_id, purpose);
create index one_time_token_age on one_time_token (expires_at);

alter table one_time_token enable row level security;
alter table one_time_token force row level security;
create policy one_time_token_own on one_time_token
    using (user_id = (select app_user_id())) with check (user_id = (select app_user_id()));
grant select, update, delete on one_time_token to fundrail_system;

-- Keys of machines. One allows what its scopes and its maker's roles both allow now.
create table api_key (
    tenant_id       uuid not null references tenant (id),
    id              uuid not null,
    name            text not null,
    -- The first characters, to recognise a key by in a list.
    prefix          text not null,
    secret_hash     text not null,
    scopes          text[] not null,
    rate_per_minute integer,
    created_by      uuid not null references app_user (id),
    created_at      timestamptz not null default now(),
    expires_at      timestamptz not null,
    -- Right to about a minute: written when a cached record is loaded anew.
    last_used_at    timestamptz,
    revoked_at      timestamptz,
    -- The key that took its place, while both still work.
    replaced_by     uuid,
    -- Who made it, and so has seen its secret; `created_by` is who stands for it now. A trigger's: it never changes.
    made_by         uuid not null references app_user (id),
    primary key (tenant_id, id),
    constraint api_key_hash_once unique (secret_hash),
    constraint api_key_scopes_some check (cardinality(scopes) between 1 and 50),
    constraint api_key_rate_positive check (rate_per_minute between 1 and 1000000)
);
create index api_key_by_time on api_key (tenant_id, created_at desc);

create trigger api_key_maker before insert or update on api_key for each row execute function api_key_maker();

alter table api_key enable row level security;
alter table api_key force row level security;
create policy api_key_of_tenant on api_key
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, update on api_key to fundrail_system;

-- Ed25519 keys of access tokens. Published from creation on; signs from `signs_from`, once every cache has seen it; verifies
-- until the last token that it signed has expired.
create table signing_key (
    kid            text primary key,
    public_key     text not null,
    secret_sealed  text not null,
    secret_key_id  text not null,
    created_at     timestamptz not null default now(),
    signs_from     timestamptz not null,
    signs_until    timestamptz,
    verifies_until timestamptz,
    constraint signing_key_order check (signs_until is null or verifies_until is null or signs_until <= verifies_until)
);
grant select, insert, update on signing_key to fundrail_system;
