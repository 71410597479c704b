-- Who belongs to which tenant, and what they may do there: roles and permissions, users, memberships, invitations.
--
-- A person belongs to no tenant: what is theirs alone is visible to app_user_id(), whichever tenant they act for.

-- Roles and what they allow are data, so that a new permission is a row and not a release.
create table permission (
    name            text primary key,
    description     text not null,
    of_installation boolean not null default false
);
comment on column permission.of_installation is 'It reaches beyond one tenant: for roles alone that no tenant can give.';

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

-- No role that a tenant can give holds a permission that reaches beyond it.
create trigger permission_within_tenant after insert or update on permission
    for each statement execute function role_permission_within_tenant();
create trigger role_within_tenant after insert or update on role
    for each statement execute function role_permission_within_tenant();
create trigger role_permission_within_tenant after insert or update on role_permission
    for each statement execute function role_permission_within_tenant();

grant select on permission, role, role_permission to fundrail_system;

insert into permission (name, description, of_installation) values
    ('funds:read', 'see the catalogue', false),
    ('funds:write', 'change funds of the own issuer', false),
    ('investors:read', 'see investors', false),
    ('investors:write', 'create and change investors', false),
    ('compliance:read', 'see compliance decisions', false),
    ('compliance:check', 'ask whether an order may go in', false),
    ('escrows:read', 'see escrows', false),
    ('prices:read', 'see prices', false),
    ('audit:read', 'read and verify the audit trail', false),
    ('users:read', 'see users and invitations', false),
    ('users:write', 'invite, change and remove users', false),
    ('api_keys:read', 'see API keys', false),
    ('api_keys:write', 'create, rotate and revoke API keys', false),
    ('tenant:write', 'change the tenant itself', false),
    ('ops:read', 'see operating data of the own tenant', false),
    ('cases:read', 'see cases', false),
    ('cases:decide', 'decide cases', false),
    ('secrets:rotate', 'rotate the keys of the whole installation', true),
    ('installation:read', 'see operating data of the whole installation', true);

insert into role (name, description, tenant_kind, assignable) values
    ('owner', 'may do everything, and there is always one', null, true),
    ('admin', 'may do everything', null, true),
    ('trader', 'finds funds and places orders', null, true),
    ('compliance', 'clears investors and works cases', null, true),
    ('viewer', 'reads', null, true),
    ('issuer', 'keeps the catalogue of an issuer', 'issuer', true),
    ('operator', 'runs the installation', null, false);

-- Owners and admins have everything within their tenant.
insert into role_permission (role, permission)
    select r.name, p.name from role r, permission p where r.name in ('owner', 'admin') and not p.of_installation;
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
    ('operator', 'secrets:rotate'), ('operator', 'ops:read'), ('operator', 'installation:read');

-- A person, known by one e-mail address (lower case).
create table app_user (
    id                uuid primary key,
    email             text not null,
    email_verified_at timestamptz,
    created_at        timestamptz not null default now(),
    -- The end of an account: the row stays, since what its person has done refers to it, under an address that is nobody's.
    deleted_at        timestamptz,
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

-- What a member has made ends with the membership.
create trigger membership_ended after delete on membership for each row execute function membership_ended();

alter table membership enable row level security;
alter table membership force row level security;
create policy membership_of_tenant on membership
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, update (created_at), delete on membership to fundrail_system;

alter table app_user enable row level security;
alter table app_user force row level security;
create policy app_user_oneself on app_user
    using (id = (select app_user_id())) with check (id = (select app_user_id()));
create policy app_user_of_tenant on app_user for select
    using (exists (select from membership m where m.tenant_id = (select app_tenant_id()) and m.user_id = app_user.id));
grant select, update (email_verified_at) on app_user to fundrail_system;

create table membership_role (
    tenant_id uuid not null,
    user_id   uuid not null,
    role      text not null references role (name),
    primary key (tenant_id, user_id, role),
    constraint membership_role_of_member foreign key (tenant_id, user_id)
        references membership (tenant_id, user_id) on delete cascade
);

-- Whose roles change waits for the transactions that rest on them, and caches forget what they knew: also when whoever runs
-- the installation gives or takes a role by hand.
create trigger membership_role_changing before insert or delete on membership_role
    for each row execute function membership_role_changing();
create trigger membership_roles_given after insert on membership_role
    referencing new table as changed for each statement execute function membership_roles_changed();
create trigger membership_roles_taken after delete on membership_role
    referencing old table as changed for each statement execute function membership_roles_changed();

alter table membership_role enable row level security;
alter table membership_role force row level security;
create policy membership_role_of_tenant on membership_role
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on membership_role to fundrail_system;

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
grant select, update (revoked_at) on invitation to fundrail_system;
