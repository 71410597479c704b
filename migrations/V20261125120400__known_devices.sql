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
grant select, insert, delete on user_device to fundrail_app;
grant select, update on user_device to fundrail_system;

alter table sign_in_failure
    drop constraint sign_in_failure_scope_known,
    add constraint sign_in_failure_scope_known check (scope in ('account', 'address', 'pair', 'device'));

-- Whether a device is one of the account of an address; notes that it was seen.
create function auth_knows_device(wanted_email text, wanted_hash text) returns boolean
    language sql volatile security definer set search_path = public, pg_temp
as $$
    with seen as (
        update user_device d set last_seen_at = now()
        from app_user u
        where u.email = wanted_email and d.user_id = u.id and d.token_hash = wanted_hash
          and d.last_seen_at > now() - interval '180 days'
        returning 1)
    select exists (select from seen)
$$;
alter function auth_knows_device(text, text) owner to fundrail_system;
revoke all on function auth_knows_device(text, text) from public;
grant execute on function auth_knows_device(text, text) to fundrail_app;
