-- Whether a fund or share class, by its own columns, is in the catalogue that everybody sees.
--
-- Called by the policies and triggers of fund and share_class, and wherever funds are counted or listed.
create or replace function is_listed(status text, deleted_at timestamptz) returns boolean
    language sql immutable parallel safe
    as $$ select status <> 'draft' and deleted_at is null $$;
