-- fund-listing: shows issuers, funds, share classes and their values, lets issuers keep their own, and publishes values.

grant select (created_by, expires_at, id, made_by, revoked_at, scopes) on api_key to fundrail_catalogue;
grant select on asset to fundrail_catalogue;
grant insert on audit_event to fundrail_catalogue;
grant select on dealing_calendar to fundrail_catalogue;
grant select, insert, update on fund to fundrail_catalogue;
grant select, insert, update on issuer to fundrail_catalogue;
grant insert on job to fundrail_catalogue;
grant select on nav to fundrail_catalogue;
grant select, insert, update (decided_at, decided_by, decision_reason, state, version_id) on nav_proposal to fundrail_catalogue;
grant select, insert on nav_version to fundrail_catalogue;
grant select on rule_set to fundrail_catalogue;
grant select, insert, update on share_class to fundrail_catalogue;
grant select, insert, delete on share_class_token to fundrail_catalogue;
grant select (id, kind) on tenant to fundrail_catalogue;

grant execute on function app_member_may to fundrail_catalogue;
grant execute on function share_class_name_asset to fundrail_catalogue;
