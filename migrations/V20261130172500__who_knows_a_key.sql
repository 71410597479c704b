-- A key that somebody else has taken over was theirs alone from then on. But who made it has seen its secret, and may still hold
-- it: by it they proposed a net asset value in the name of the other one, and approved it in their own, as a second person.

alter table api_key
    -- Who made it, and so has seen its secret; `created_by` is who stands for it now.
    add column made_by uuid references app_user (id);
alter table nav_proposal
    -- Of a machine: who has made its key. They do not approve either.
    add column key_made_by uuid references app_user (id),
    add constraint nav_proposal_not_by_maker check (state <> 'published' or decided_by is distinct from key_made_by);

create function api_key_maker() returns trigger
    language plpgsql
as $$
begin
    new.made_by := case when tg_op = 'INSERT' then new.created_by else old.made_by end;
    return new;
end
$$;

-- What is known of keys that were taken over before stands in the trail: whom the first of it names.
set local role fundrail_system;
update api_key k set made_by = coalesce(
    (select (e.detail::json ->> 'before')::uuid from audit_event e
     where e.tenant_id = k.tenant_id and e.action = 'api_key.taken_over' and e.subject_id = k.id::text
     order by e.id limit 1),
    k.created_by);
set local role fundrail_owner;
alter table api_key alter column made_by set not null;
create trigger api_key_maker before insert or update on api_key for each row execute function api_key_maker();
