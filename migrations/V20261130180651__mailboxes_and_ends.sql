-- A mailbox gets few links, whatever accounts they are for: whoever registered a stranger's address, took that account to
-- another one, and registered the first again had a mail sent each time, since what was counted went with the account.
--
-- And a stranger who asked for reset links to somebody's account, ten times a day, left none for its owner, whose links are good
-- for half an hour. Those who ask from where the owner has signed in before are counted apart.
--
-- And an account that is deleted locks its person's tenants before everything else, as every change of people does: it locked
-- them last, and whoever was removed or given other roles at the same moment waited for it while it waited for them.

alter table one_time_token add column from_known boolean not null default false;
comment on column one_time_token.from_known is 'Asked for from an address that its user has signed in from before.';

create index notification_to_recipient on notification (recipient, created_at);

-- How many seconds ago mails of a kind went to a mailbox within the last day, the newest first, whoever had them sent.
create function auth_mailed_ages(wanted_kind text, to_recipient text) returns table (age bigint)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select extract(epoch from now() - n.created_at)::bigint from notification n
    where n.recipient = to_recipient and n.kind = wanted_kind and n.created_at > now() - interval '1 day'
    order by n.created_at desc limit 100
$$;
alter function auth_mailed_ages(text, text) owner to fundrail_system;
revoke all on function auth_mailed_ages(text, text) from public;
grant execute on function auth_mailed_ages(text, text) to fundrail_app;

-- What a session or an API key allows now; nothing when it is over. `changing` says what the transaction is about to change, so
-- that it takes the locks that it will need at once: `people` (members, roles, invitations: one at a time in a tenant), `sign_in`
-- (the caller's own sessions, password, factor) or `account` (both of the caller's, in all of their tenants).
create or replace function authority_hold(held_tenant uuid, held_user uuid, held_session uuid, held_key uuid, changing text)
    returns table (roles text[], permissions text[])
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    holder     uuid := held_user;
    allowed    text[];
    resting_on bigint;
begin
    if changing = 'people' then
        perform from tenant t where t.id = held_tenant for no key update;
    elsif changing = 'account' then
        -- In the order of their ids, so that two who leave the same tenants do not wait for each other.
        perform from tenant t
        where t.id in (select m.tenant_id from membership m where m.user_id = held_user)
        order by t.id
        for no key update;
    end if;
    if changing in ('sign_in', 'account') then
        perform from user_password p where p.user_id = held_user for no key update;
    end if;
    if held_key is not null then
        -- Without a lock: should somebody take the key over meanwhile, it is not found below.
        select k.created_by into holder from api_key k where k.tenant_id = held_tenant and k.id = held_key;
    end if;
    perform from membership m where m.tenant_id = held_tenant and m.user_id = holder for share;
    if not found then
        return;
    end if;
    if held_key is not null then
        select k.scopes into allowed from api_key k
        where k.tenant_id = held_tenant and k.id = held_key and k.created_by = holder and k.revoked_at is null
          and k.expires_at > clock_timestamp()
        for share;
    elsif changing in ('sign_in', 'account') then
        select s.password_version into resting_on from session s
        where s.tenant_id = held_tenant and s.id = held_session and s.user_id = held_user and s.revoked_at is null
          and s.expires_at > clock_timestamp()
        for no key update;
    else
        select s.password_version into resting_on from session s
        where s.tenant_id = held_tenant and s.id = held_session and s.user_id = held_user and s.revoked_at is null
          and s.expires_at > clock_timestamp()
        for share;
    end if;
    if not found or (held_key is null and not session_password_holds(held_user, resting_on)) then
        return;
    end if;
    -- Statements of their own, after the locks: they see what was committed while those were waited for.
    if held_key is not null then
        return query select array[]::text[], api_key_allows(held_tenant, holder, allowed);
        return;
    end if;
    return query
        select array(select r.role from membership_role r
                     where r.tenant_id = held_tenant and r.user_id = held_user order by 1),
               array(select distinct p.permission from membership_role r join role_permission p on p.role = r.role
                     where r.tenant_id = held_tenant and r.user_id = held_user order by 1);
end
$$;
