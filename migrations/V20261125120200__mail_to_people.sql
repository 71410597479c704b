-- Mail to a person who is a member nowhere any more: they still have an account, and may have forgotten its password. Such a
-- mail belongs to them and to no tenant.
alter table notification
    drop constraint notification_pkey,
    add primary key (id),
    alter column tenant_id drop not null,
    add column user_id uuid references app_user (id),
    add constraint notification_of_somebody check (tenant_id is not null or user_id is not null);
create index notification_of_tenant on notification (tenant_id, id);

drop policy notification_of_tenant on notification;
create policy notification_of_tenant on notification
    using (tenant_id = (select app_tenant_id()) or (tenant_id is null and user_id = (select app_user_id())))
    with check (tenant_id = (select app_tenant_id()) or (tenant_id is null and user_id = (select app_user_id())));

-- A stored answer to an enrolment tells a secret, which has to be gone once that secret counts: it may have been asked for in
-- one tenant and confirmed in another.
create function idempotency_forget(of_route text) returns void
    language sql volatile security definer set search_path = public, pg_temp
as $$
    delete from idempotency_record where principal_id = app_user_id() and route = of_route
$$;
alter function idempotency_forget(text) owner to fundrail_system;
revoke all on function idempotency_forget(text) from public;
grant execute on function idempotency_forget(text) to fundrail_app;
