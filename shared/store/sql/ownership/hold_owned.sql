select pg_advisory_xact_lock(hashtextextended('ownership' || app_tenant_id()::text || $1::uuid::text, 0))::text is not null as held
