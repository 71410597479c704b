-- Maintains the words of an investor's names, by which it is found.
--
-- Called by the trigger of investor.
create or replace function investor_index_names() returns trigger
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
