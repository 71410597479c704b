select
    set_config('app.tenant_id', coalesce($1::uuid::text, ''), false),
    set_config('app.user_id', coalesce($2::uuid::text, ''), false)
