call app_checkout(coalesce($1::uuid::text, ''), coalesce($2::uuid::text, ''))
