insert into job (id, kind, payload)
values ($1, $2, $3::text::jsonb)
