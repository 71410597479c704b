select pg_advisory_xact_lock(hashtextextended('compliance_decision' || app_tenant_id()::text || $1, 0))
