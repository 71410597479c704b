-- Who may sign in, as whom, and how we know: users, memberships, roles, sessions, refresh tokens, second factors, API keys,
-- signing keys, and the mail that all of it sends.
--
-- Secrets are never here in the clear. What only has to be recognised (tokens, keys, codes) is kept as SHA-256: it has at
-- least 80 random bits, so a slow hash would add nothing. What has to be read again (signing keys, TOTP secrets, links in
-- mails) is encrypted with a key that only the components have (variable encryption_keys), whose id stands beside it.
--
-- A person belongs to no tenant: what is theirs alone is visible to app_user_id(), whichever tenant they act for.

-- Roles and what they allow are data, so that a new permission is a row and not a release.
create table permission (
    name        text primary key,
    description text not null
);
create table role (
    name        text primary key,
    description text not null,
    -- Only tenants of this kind have members of the role; null: every kind.
    tenant_kind text,
    -- Whether an owner or admin may give it to somebody. Others are given by whoever runs Fundrail.
    assignable  boolean not null default true,
    constraint role_tenant_kind_known check (tenant_kind in ('institution', 'issuer'))
);
create table role_permission (
    role       text not null references role (name),
    permission text not null references permission (name),
    primary key (role, permission)
);
grant select on permission, role, role_permission to fundrail_app, fundrail_system;

insert into permission (name, description) values
    ('funds:read', 'see the catalogue'),
    ('funds:write', 'change funds of the own issuer'),
    ('investors:read', 'see investors'),
    ('investors:write', 'create and change investors'),
    ('compliance:read', 'see compliance decisions'),
    ('compliance:check', 'ask whether an order may go in'),
    ('escrows:read', 'see escrows'),
    ('prices:read', 'see prices'),
    ('audit:read', 'read and verify the audit trail'),
    ('users:read', 'see users and invitations'),
    ('users:write', 'invite, change and remove users'),
    ('api_keys:read', 'see API keys'),
    ('api_keys:write', 'create, rotate and revoke API keys'),
    ('tenant:write', 'change the tenant itself'),
    ('ops:read', 'see operating data of the own tenant'),
    ('secrets:rotate', 'rotate the keys of the whole installation'),
    ('cases:read', 'see cases'),
    ('cases:decide', 'decide cases');

insert into role (name, description, tenant_kind, assignable) values
    ('owner', 'may do everything, and there is always one', null, true),
    ('admin', 'may do everything', null, true),
    ('trader', 'finds funds and places orders', null, true),
    ('compliance', 'clears investors and works cases', null, true),
    ('viewer', 'reads', null, true),
    ('issuer', 'keeps the catalogue of an issuer', 'issuer', true),
    ('operator', 'runs the installation', null, false);

-- An installation's keys are nobody's tenant's: owners and admins have everything but that.
insert into role_permission (role, permission)
    select r.name, p.name from role r, permission p where r.name in ('owner', 'admin') and p.name <> 'secrets:rotate';
insert into role_permission (role, permission) values
    ('trader', 'funds:read'), ('trader', 'investors:read'), ('trader', 'compliance:read'), ('trader', 'compliance:check'),
    ('trader', 'escrows:read'), ('trader', 'prices:read'),
    ('compliance', 'funds:read'), ('compliance', 'investors:read'), ('compliance', 'investors:write'),
    ('compliance', 'compliance:read'), ('compliance', 'compliance:check'), ('compliance', 'escrows:read'),
    ('compliance', 'prices:read'), ('compliance', 'audit:read'), ('compliance', 'cases:read'), ('compliance', 'cases:decide'),
    ('viewer', 'funds:read'), ('viewer', 'investors:read'), ('viewer', 'compliance:read'), ('viewer', 'escrows:read'),
    ('viewer', 'prices:read'), ('viewer', 'cases:read'),
    ('issuer', 'funds:read'), ('issuer', 'funds:write'), ('issuer', 'prices:read'), ('issuer', 'escrows:read'),
    ('issuer', 'investors:read'), ('issuer', 'compliance:read'),
    ('operator', 'secrets:rotate'), ('operator', 'ops:read');

-- A person, known by one e-mail address (lower case).
create table app_user (
    id                uuid primary key,
    email             text not null,
    email_verified_at timestamptz,
    created_at        timestamptz not null default now(),
    constraint app_user_email unique (email),
    constraint app_user_email_lower check (email = lower(email) and char_length(email) between 3 and 254)
);

-- Whose member a person is.
create table membership (
    tenant_id  uuid not null references tenant (id),
    user_id    uuid not null references app_user (id),
    created_at timestamptz not null default now(),
    primary key (tenant_id, user_id)
);
create index membership_of_user on membership (user_id);
alter table membership enable row level security;
alter table membership force row level security;
create policy membership_of_tenant on membership
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, delete on membership to fundrail_app;
grant select on membership to fundrail_system;

create table membership_role (
    tenant_id uuid not null,
    user_id   uuid not null,
    role      text not null references role (name),
    primary key (tenant_id, user_id, role),
    constraint membership_role_of_member foreign key (tenant_id, user_id)
        references membership (tenant_id, user_id) on delete cascade
);
alter table membership_role enable row level security;
alter table membership_role force row level security;
create policy membership_role_of_tenant on membership_role
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, delete on membership_role to fundrail_app;
grant select on membership_role to fundrail_system;

alter table app_user enable row level security;
alter table app_user force row level security;
create policy app_user_oneself on app_user
    using (id = (select app_user_id())) with check (id = (select app_user_id()));
create policy app_user_of_tenant on app_user for select
    using (exists (select from membership m where m.tenant_id = (select app_tenant_id()) and m.user_id = app_user.id));
grant select, insert, update (email_verified_at) on app_user to fundrail_app;
grant select on app_user to fundrail_system;

-- Argon2id, as a PHC string that says its own parameters.
create table user_password (
    user_id    uuid primary key references app_user (id),
    hash       text not null,
    changed_at timestamptz not null default now()
);
alter table user_password enable row level security;
alter table user_password force row level security;
create policy user_password_own on user_password
    using (user_id = (select app_user_id())) with check (user_id = (select app_user_id()));
grant select, insert, update on user_password to fundrail_app;
grant select on user_password to fundrail_system;

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
grant select, insert, update, delete on user_address to fundrail_app;
grant select on user_address to fundrail_system;

-- Failed sign-ins by account, by address, and by the pair of them; keys are hashes, so that no list of tried addresses
-- is kept. An account that does not exist is counted like one that does.
create table sign_in_failure (
    scope          text not null,
    key_hash       text not null,
    failures       integer not null,
    last_failed_at timestamptz not null,
    primary key (scope, key_hash),
    constraint sign_in_failure_scope_known check (scope in ('account', 'address', 'pair'))
);
create index sign_in_failure_age on sign_in_failure (last_failed_at);
grant select, insert, update, delete on sign_in_failure to fundrail_app;
grant select, delete on sign_in_failure to fundrail_system;

-- One sign-in on one device. A refresh token family is a session.
create table session (
    tenant_id      uuid not null references tenant (id),
    id             uuid not null,
    user_id        uuid not null references app_user (id),
    device         text,
    client_address text,
    created_at     timestamptz not null default now(),
    last_used_at   timestamptz not null default now(),
    expires_at     timestamptz not null,
    -- When a second factor was last shown.
    mfa_at         timestamptz,
    revoked_at     timestamptz,
    revoke_reason  text,
    primary key (tenant_id, id),
    constraint session_id_once unique (id),
    constraint session_revoke_complete check ((revoked_at is null) = (revoke_reason is null))
);
create index session_of_user on session (tenant_id, user_id, created_at desc);
create index session_by_user on session (user_id, last_used_at desc);
alter table session enable row level security;
alter table session force row level security;
create policy session_of_tenant on session
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update on session to fundrail_app;
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
grant select, insert, update on refresh_token to fundrail_app;
grant select, update, delete on refresh_token to fundrail_system;

-- TOTP (RFC 6238). `last_step` is the newest time step whose code was accepted: none is accepted twice.
create table user_totp (
    user_id          uuid primary key references app_user (id),
    secret_sealed    text not null,
    secret_key_id    text not null,
    created_at       timestamptz not null default now(),
    confirmed_at     timestamptz,
    last_step        bigint not null default 0,
    failures         integer not null default 0,
    last_failed_at   timestamptz
);
alter table user_totp enable row level security;
alter table user_totp force row level security;
create policy user_totp_own on user_totp
    using (user_id = (select app_user_id())) with check (user_id = (select app_user_id()));
grant select, insert, update, delete on user_totp to fundrail_app;
grant select, update on user_totp to fundrail_system;

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
grant select, insert, update, delete on user_recovery_code to fundrail_app;

-- A password was right and a second factor is still to come.
create table login_challenge (
    id         uuid primary key,
    user_id    uuid not null references app_user (id),
    tenant_id  uuid not null references tenant (id),
    token_hash text not null,
    attempts   integer not null default 0,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz,
    constraint login_challenge_hash_once unique (token_hash)
);
create index login_challenge_of_tenant on login_challenge (tenant_id, created_at);
create index login_challenge_age on login_challenge (expires_at);
alter table login_challenge enable row level security;
alter table login_challenge force row level security;
create policy login_challenge_of_tenant on login_challenge
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update on login_challenge to fundrail_app;
grant select, delete on login_challenge to fundrail_system;

-- Links that work once: password reset, e-mail verification.
create table one_time_token (
    id         uuid primary key,
    user_id    uuid not null references app_user (id),
    purpose    text not null,
    token_hash text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz,
    constraint one_time_token_hash_once unique (token_hash),
    constraint one_time_token_purpose_known check (purpose in ('password_reset', 'email_verification'))
);
create index one_time_token_of_user on one_time_token (user_id, purpose);
create index one_time_token_age on one_time_token (expires_at);
alter table one_time_token enable row level security;
alter table one_time_token force row level security;
create policy one_time_token_own on one_time_token
    using (user_id = (select app_user_id())) with check (user_id = (select app_user_id()));
grant select, insert, update on one_time_token to fundrail_app;
grant select, update, delete on one_time_token to fundrail_system;

-- Mail to be sent. The link in it is a secret and is encrypted.
create table notification (
    tenant_id     uuid not null references tenant (id),
    id            uuid not null,
    kind          text not null,
    recipient     text not null,
    payload       text not null default '{}',
    secret_sealed text,
    secret_key_id text,
    created_at    timestamptz not null default now(),
    sent_at       timestamptz,
    primary key (tenant_id, id),
    constraint notification_secret_complete check ((secret_sealed is null) = (secret_key_id is null))
);
create index notification_unsent on notification (created_at) where sent_at is null;
alter table notification enable row level security;
alter table notification force row level security;
create policy notification_of_tenant on notification
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert on notification to fundrail_app;
grant select, update, delete on notification to fundrail_system;

create table invitation (
    tenant_id   uuid not null references tenant (id),
    id          uuid not null,
    email       text not null,
    roles       text[] not null,
    invited_by  uuid not null references app_user (id),
    token_hash  text not null,
    created_at  timestamptz not null default now(),
    expires_at  timestamptz not null,
    accepted_at timestamptz,
    revoked_at  timestamptz,
    primary key (tenant_id, id),
    constraint invitation_hash_once unique (token_hash),
    constraint invitation_roles_some check (cardinality(roles) between 1 and 10)
);
create unique index invitation_open_once on invitation (tenant_id, email) where accepted_at is null and revoked_at is null;
alter table invitation enable row level security;
alter table invitation force row level security;
create policy invitation_of_tenant on invitation
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update on invitation to fundrail_app;
grant select on invitation to fundrail_system;

-- Keys of machines.
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
    primary key (tenant_id, id),
    constraint api_key_hash_once unique (secret_hash),
    constraint api_key_scopes_some check (cardinality(scopes) between 1 and 50),
    constraint api_key_rate_positive check (rate_per_minute between 1 and 1000000)
);
create index api_key_by_time on api_key (tenant_id, created_at desc);
alter table api_key enable row level security;
alter table api_key force row level security;
create policy api_key_of_tenant on api_key
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update on api_key to fundrail_app;
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
grant select, insert, update on signing_key to fundrail_app, fundrail_system;

-- What follows crosses tenants, because the tenant is not known before it: each answers one question about one secret.

-- Who signs in with an e-mail address, and into which tenant: the one used last, else the oldest membership.
create function auth_find_credentials(wanted_email text)
    returns table (user_id uuid, password_hash text, tenant_id uuid, has_mfa boolean)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select u.id, p.hash, t.tenant_id, coalesce(f.confirmed_at is not null, false)
    from app_user u
    join user_password p on p.user_id = u.id
    left join user_totp f on f.user_id = u.id
    left join lateral (
        select m.tenant_id from membership m
        left join lateral (
            select max(s.created_at) as at from session s where s.tenant_id = m.tenant_id and s.user_id = m.user_id
        ) last on true
        where m.user_id = u.id
        order by last.at desc nulls last, m.created_at, m.tenant_id
        limit 1
    ) t on true
    where u.email = wanted_email
$$;

-- Which session a refresh token belongs to. Locks it, so that parallel uses of one token see each other.
create function auth_find_refresh_token(wanted_hash text)
    returns table (tenant_id uuid, id uuid, session_id uuid, user_id uuid, seed bytea, expires_at text, used_at text,
                   session_expires_at text, session_revoked boolean, is_member boolean)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    select r.tenant_id, r.id, r.session_id, s.user_id, r.seed, rfc3339(r.expires_at), rfc3339(r.used_at),
           rfc3339(s.expires_at), s.revoked_at is not null,
           exists (select from membership m where m.tenant_id = s.tenant_id and m.user_id = s.user_id)
    from refresh_token r
    join session s on s.tenant_id = r.tenant_id and s.id = r.session_id
    where r.token_hash = wanted_hash
    for update of r
$$;

-- What an API key allows. Notes its use, at most once a minute.
create function auth_find_api_key(wanted_hash text)
    returns table (tenant_id uuid, id uuid, scopes text[], rate_per_minute integer, expires_at bigint, tenant_name text,
                   tenant_kind text)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    with found as (
        select k.tenant_id, k.id, k.scopes, k.rate_per_minute, k.expires_at, k.last_used_at, t.name, t.kind
        from api_key k join tenant t on t.id = k.tenant_id
        where k.secret_hash = wanted_hash and k.revoked_at is null and k.expires_at > now()
    ),
    noted as (
        update api_key k set last_used_at = now() from found f
        where k.tenant_id = f.tenant_id and k.id = f.id
          and (f.last_used_at is null or f.last_used_at < now() - interval '1 minute')
    )
    select tenant_id, id, scopes, rate_per_minute, extract(epoch from expires_at)::bigint, name, kind from found
$$;

-- Whose challenge it is.
create function auth_find_challenge(wanted_hash text)
    returns table (id uuid, user_id uuid, tenant_id uuid)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select id, user_id, tenant_id from login_challenge where token_hash = wanted_hash and used_at is null and expires_at > now()
$$;

-- Uses up a link; nothing when it is unknown, used or too old.
create function auth_use_one_time_token(wanted_purpose text, wanted_hash text) returns uuid
    language sql volatile security definer set search_path = public, pg_temp
as $$
    update one_time_token set used_at = now()
    where token_hash = wanted_hash and purpose = wanted_purpose and used_at is null and expires_at > now()
    returning user_id
$$;

-- An open invitation, by the secret in its link.
create function auth_find_invitation(wanted_hash text)
    returns table (tenant_id uuid, id uuid, email text, roles text[], user_id uuid, password_hash text)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select i.tenant_id, i.id, i.email, i.roles, u.id, p.hash
    from invitation i
    left join app_user u on u.email = i.email
    left join user_password p on p.user_id = u.id
    where i.token_hash = wanted_hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
$$;

-- The tenants of the user of this connection.
create function auth_own_tenants() returns table (id uuid, name text, kind text, roles text[])
    language sql stable security definer set search_path = public, pg_temp
as $$
    select t.id, t.name, t.kind,
           array(select r.role from membership_role r where r.tenant_id = m.tenant_id and r.user_id = m.user_id order by 1)
    from membership m join tenant t on t.id = m.tenant_id
    where m.user_id = app_user_id()
    order by t.name, t.id
$$;

-- Ends every session of the user of this connection, in all tenants, but the one that is kept. A new password does this.
create function auth_revoke_own_sessions(kept uuid, reason text) returns table (tenant_id uuid, id uuid)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    update session s set revoked_at = now(), revoke_reason = reason
    where s.user_id = app_user_id() and s.revoked_at is null and s.id is distinct from kept
    returning s.tenant_id, s.id
$$;

-- Forgets what has run out. Sessions are kept for 30 days after their end, to be looked at.
create function auth_prune() returns bigint
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

alter function auth_find_credentials(text) owner to fundrail_system;
alter function auth_find_refresh_token(text) owner to fundrail_system;
alter function auth_find_api_key(text) owner to fundrail_system;
alter function auth_find_challenge(text) owner to fundrail_system;
alter function auth_use_one_time_token(text, text) owner to fundrail_system;
alter function auth_find_invitation(text) owner to fundrail_system;
alter function auth_own_tenants() owner to fundrail_system;
alter function auth_revoke_own_sessions(uuid, text) owner to fundrail_system;
alter function auth_prune() owner to fundrail_system;
revoke all on function auth_find_credentials(text), auth_find_refresh_token(text), auth_find_api_key(text),
    auth_find_challenge(text), auth_use_one_time_token(text, text), auth_find_invitation(text), auth_own_tenants(),
    auth_revoke_own_sessions(uuid, text), auth_prune() from public;
grant execute on function auth_find_credentials(text), auth_find_refresh_token(text), auth_find_api_key(text),
    auth_find_challenge(text), auth_use_one_time_token(text, text), auth_find_invitation(text), auth_own_tenants(),
    auth_revoke_own_sessions(uuid, text), auth_prune() to fundrail_app;
