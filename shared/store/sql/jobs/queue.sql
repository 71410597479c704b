insert into job (id, kind, dedupe_key, payload)
values ($1, $2, $3, $4::text::jsonb)
on conflict do nothing
