-- The words of a text as they are compared: without accents and in lower case. That they are few is what a planner has to
-- know: it takes a thousand for granted, and reads whole tables for them.
--
-- Called by investor_index_names, and by `investors` for the words that are searched for.
create or replace function words_of(content text) returns setof text
    language sql immutable parallel safe rows 4 set search_path = public, pg_temp
as $$
    select distinct left(word, 100)
    from regexp_split_to_table(regexp_replace(normalize(lower(content), nfkd), '[\u0300-\u036f]', '', 'g'),
        '[[:space:][:punct:]]+') as word
    where word <> ''
$$;
