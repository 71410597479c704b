-- housekeeping: seals, prunes and reports, by functions alone.

grant execute on function audit_seal_pending to fundrail_housekeeping;
grant execute on function idempotency_prune to fundrail_housekeeping;
grant execute on function job_any_due to fundrail_housekeeping;
grant execute on function job_claim to fundrail_housekeeping;
grant execute on function job_fail to fundrail_housekeeping;
grant execute on function job_finish to fundrail_housekeeping;
grant execute on function job_prune to fundrail_housekeeping;
grant execute on function job_report_dead to fundrail_housekeeping;
grant execute on function periodic_claim to fundrail_housekeeping;
