-- The words of a text in the form in which they are compared: without accents and in lower case. The planner must know that they
-- are few: by default it assumes a thousand, and reads whole tables for them.
--
-- Called by investor_index_names, and by `investors` for the words to be searched for.
create or replace function words_of(content text) returns setof text
    language sql immutable parallel safe rows 4 set search_path = public, pg_temp
as $$
    select distinct left(word, 100)
    from regexp_split_to_table(regexp_replace(normalize(lower(content), nfkd), '[\u0300-\u036f]', '', 'g'),
        '[[:space:][:punct:]]+') as word
    where word <> ''
$$;
