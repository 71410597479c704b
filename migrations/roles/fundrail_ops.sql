-- ops: shows whether everything is well and when the lists in rules were compared with their sources, and in development the mail.

grant select on compliance_rule to fundrail_ops;
grant select on compliance_rule_review to fundrail_ops;
grant select on notification to fundrail_ops;

grant execute on function job_statistics to fundrail_ops;
