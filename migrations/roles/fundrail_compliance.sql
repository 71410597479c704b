-- compliance-check: reads investors, holdings, share classes and rules, and records decisions.

grant insert on audit_event to fundrail_compliance;
grant select, insert on compliance_decision to fundrail_compliance;
grant select on compliance_rule to fundrail_compliance;
grant select on compliance_rule_review to fundrail_compliance;
grant select on compliance_rules_version to fundrail_compliance;
grant select on fund to fundrail_compliance;
grant select on holding_lot to fundrail_compliance;
grant select on issuer to fundrail_compliance;
grant select on investor to fundrail_compliance;
grant select on investor_change to fundrail_compliance;
grant select on investor_classification to fundrail_compliance;
grant select on investor_classification_approval to fundrail_compliance;
grant select on investor_profile to fundrail_compliance;
grant select on investor_revocation to fundrail_compliance;
grant select on investor_screening to fundrail_compliance;
grant select on investor_verification to fundrail_compliance;
grant select on investor_wallet to fundrail_compliance;
grant select on kyc_transition to fundrail_compliance;
grant select on nav to fundrail_compliance;
grant select on rule_set to fundrail_compliance;
grant select on rule_set_rule to fundrail_compliance;
grant select on share_class to fundrail_compliance;
grant select on share_class_token to fundrail_compliance;

grant execute on function share_class_register to fundrail_compliance;
