-- investors, kyc, ownership and investors-worker: who invests, their wallets, who stands behind them, and the evidence about all of
-- them. The words of their names, and what a KYC file is at, are written by triggers.

grant select (created_by, id, made_by) on api_key to fundrail_investors;
grant insert on audit_event to fundrail_investors;
grant select, insert, update on investor to fundrail_investors;
grant select, insert, update (recorded_at, version) on investor_author to fundrail_investors;
grant insert on investor_change to fundrail_investors;
grant select, insert on investor_classification to fundrail_investors;
grant select, insert on investor_classification_approval to fundrail_investors;
grant select on investor_profile to fundrail_investors;
grant select, insert on investor_revocation to fundrail_investors;
grant select, insert on investor_screening to fundrail_investors;
grant select, insert on investor_verification to fundrail_investors;
grant select, insert, update (proof_id, proof_lapsed_at, proven_at, removed_at) on investor_wallet to fundrail_investors;
grant select, insert, delete on investor_word to fundrail_investors;
grant select, insert on kyc_document to fundrail_investors;
grant select, insert on kyc_document_withdrawal to fundrail_investors;
grant select, insert, update on kyc_file to fundrail_investors;
grant select, insert, update (answer, answered_at, answered_by, withdrawn_at) on kyc_request to fundrail_investors;
grant select, insert on kyc_transition to fundrail_investors;
grant select on membership_role to fundrail_investors;
grant select, insert on ownership_party to fundrail_investors;
grant select, insert on ownership_party_screening to fundrail_investors;
grant select, insert on ownership_stake to fundrail_investors;
grant select, insert on ownership_stake_end to fundrail_investors;
grant select on ownership_stake_standing to fundrail_investors;
grant select on risk_country to fundrail_investors;
grant select on role_permission to fundrail_investors;
grant select, insert, update (signature, used_at), delete on wallet_challenge to fundrail_investors;

grant execute on function job_any_due to fundrail_investors;
grant execute on function job_claim to fundrail_investors;
grant execute on function job_fail to fundrail_investors;
grant execute on function job_finish to fundrail_investors;
grant execute on function kyc_files_to_expire to fundrail_investors;
grant execute on function periodic_claim to fundrail_investors;
