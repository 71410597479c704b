-- The trail said that a name was changed, and neither from what nor to what; and an investor could be found by its id alone.

-- What the fields of an investor were before a change and after it, encrypted: people are in it. The event of the trail
-- names the row and holds its hash, so that the trail shows when it was tampered with, and keys can rotate all the same.
create table investor_change (
    tenant_id     uuid not null,
    id            uuid not null,
    investor_id   uuid not null,
    secret_sealed text not null,
    secret_key_id text not null,
    recorded_at   timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    constraint investor_change_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id)
);
create index investor_change_of_investor on investor_change (tenant_id, investor_id, id);
create index investor_change_by_key on investor_change (secret_key_id);

alter table investor_change enable row level security;
alter table investor_change force row level security;
create policy investor_change_of_tenant on investor_change
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert on investor_change to fundrail_app;
grant select, update (secret_sealed, secret_key_id) on investor_change to fundrail_system;

-- Secrets that are encrypted with another key than the current one, a few of each kind.
create or replace function secrets_to_reencrypt(current_key text, wanted integer)
    returns table (kind text, id text, sealed text, key_id text)
    language sql stable security definer set search_path = public, pg_temp
as $$
    (select 'signing_key', kid, secret_sealed, secret_key_id from signing_key where secret_key_id <> current_key limit wanted)
    union all
    (select 'totp', user_id::text, secret_sealed, secret_key_id from user_totp where secret_key_id <> current_key limit wanted)
    union all
    (select 'notification', n.id::text, secret_sealed, secret_key_id from notification n
     where secret_sealed is not null and secret_key_id <> current_key limit wanted)
    union all
    (select 'investor_change', c.id::text, secret_sealed, secret_key_id from investor_change c
     where secret_key_id <> current_key limit wanted)
$$;

-- Puts a new ciphertext in place of the old one, unless somebody else has changed it meanwhile.
create or replace function secrets_reencrypted(kind text, wanted_id text, old_sealed text, new_sealed text, new_key text)
    returns boolean
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
begin
    case kind
        when 'signing_key' then
            update signing_key set secret_sealed = new_sealed, secret_key_id = new_key
            where kid = wanted_id and secret_sealed = old_sealed;
        when 'totp' then
            update user_totp set secret_sealed = new_sealed, secret_key_id = new_key
            where user_id = wanted_id::uuid and secret_sealed = old_sealed;
        when 'notification' then
            update notification n set secret_sealed = new_sealed, secret_key_id = new_key
            where n.id = wanted_id::uuid and n.secret_sealed = old_sealed;
        when 'investor_change' then
            update investor_change c set secret_sealed = new_sealed, secret_key_id = new_key
            where c.id = wanted_id::uuid and c.secret_sealed = old_sealed;
        else
            return false;
    end case;
    return found;
end
$$;

-- The words of a text as they are compared: without accents and in lower case. That they are few is what a planner has to know:
-- it takes a thousand for granted, and reads whole tables for them.
create function words_of(content text) returns setof text
    language sql immutable parallel safe rows 4 set search_path = public, pg_temp
as $$
    select distinct left(word, 100)
    from regexp_split_to_table(regexp_replace(normalize(lower(content), nfkd), '[\u0300-\u036f]', '', 'g'),
        '[[:space:][:punct:]]+') as word
    where word <> ''
$$;

-- The words of every name of an investor. A table of words rather than an index of some other kind: behind row-level security
-- only comparisons that give nothing away reach an index, and those of plain texts do.
create table investor_word (
    tenant_id   uuid not null,
    word        text collate "C" not null,
    investor_id uuid not null,
    primary key (tenant_id, word, investor_id),
    constraint investor_word_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id)
);
create index investor_word_of_investor on investor_word (tenant_id, investor_id);

alter table investor_word enable row level security;
alter table investor_word force row level security;
create policy investor_word_of_tenant on investor_word
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, delete on investor_word to fundrail_app;
grant select on investor_word to fundrail_system;

create function investor_index_names() returns trigger
    language plpgsql set search_path = public, pg_temp
as $$
begin
    delete from investor_word where tenant_id = new.tenant_id and investor_id = new.id;
    insert into investor_word (tenant_id, word, investor_id)
    select distinct new.tenant_id, one.word, new.id
    from unnest(array[new.name] || new.other_names) as known (name), words_of(known.name) as one (word);
    return null;
end
$$;
create trigger investor_names_indexed after insert or update of name, other_names on investor
    for each row execute function investor_index_names();

-- Row-level security is forced upon the owner as well, who would index no row.
alter table investor no force row level security;
alter table investor_word no force row level security;
insert into investor_word (tenant_id, word, investor_id)
select distinct i.tenant_id, one.word, i.id
from investor i, unnest(array[i.name] || i.other_names) as known (name), words_of(known.name) as one (word);
alter table investor force row level security;
alter table investor_word force row level security;

-- The list by name was of no use to anybody.
drop index investor_by_name;
