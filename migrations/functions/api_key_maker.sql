-- Remembers who created a key, and has therefore seen its secret: somebody else may have become responsible for it since.
--
-- Called by the trigger of api_key.
create or replace function api_key_maker() returns trigger
    language plpgsql
as $$
begin
    new.made_by := case when tg_op = 'INSERT' then new.created_by else old.made_by end;
    return new;
end
$$;
