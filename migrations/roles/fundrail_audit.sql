-- audit: shows and verifies the trail.

grant select on audit_event to fundrail_audit;
grant select on audit_head to fundrail_audit;
grant select on audit_pending to fundrail_audit;
grant select on audit_seal to fundrail_audit;
grant select on investor_change to fundrail_audit;
