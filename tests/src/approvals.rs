//! What second persons have approved.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Environment, Tenant};

/// A document that shows who a natural person is.
pub fn passport() -> Value {
    json!({
        "kind": "passport", "issuer": "HM Passport Office", "reference": "vault 7", "sha256": "a".repeat(64),
        "issued_on": "2024-03-01", "expires_on": "2034-02-28",
    })
}

/// A document that shows that an organisation exists.
pub fn register_extract() -> Value {
    json!({"kind": "register_extract", "issuer": "RCS Luxembourg", "sha256": "b".repeat(64), "issued_on": "2026-01-05"})
}

impl Environment {
    /// Has the KYC file of an investor approved, as it stands. In the database, which takes no second person and no time; where
    /// there is none to look into, by the routes, for which the investor has to be complete.
    #[track_caller]
    pub fn approve_identity(&self, tenant: &Tenant, investor: &str) {
        let Some(control) = self.control() else { return self.approve_identity_by_routes(tenant, investor) };
        let sql = "insert into kyc_transition (tenant_id, id, investor_id, event, from_state, to_state, identity_version, version, \
                content_sha256, risk, risk_factors, valid_until) \
            select i.tenant_id, $3::text::uuid, i.id, 'approved', 'in_review', 'approved', i.identity_version, i.version, \
                kyc_content_sha256(i), 'low', '{}', current_date + 1000 \
            from investor i where i.tenant_id = $1::text::uuid and i.id = $2::text::uuid";
        let id = Uuid::now_v7().to_string();
        let approved = control.database().admin().execute(sql, &[&tenant.id.to_string(), &investor, &id]);
        assert_eq!(approved.expect("an approval"), 1, "{investor}");
    }

    /// Has every classification of an investor approved, like [`Self::approve_identity`].
    #[track_caller]
    pub fn approve_classifications(&self, tenant: &Tenant, investor: &str) {
        let Some(control) = self.control() else {
            return self.approve_classifications_by_routes(tenant, investor);
        };
        let sql = "insert into investor_classification_approval (tenant_id, classification_id, investor_id) \
            select c.tenant_id, c.id, c.investor_id from investor_classification c \
            where c.tenant_id = $1::text::uuid and c.investor_id = $2::text::uuid on conflict do nothing";
        control.database().admin().execute(sql, &[&tenant.id.to_string(), &investor]).expect("approvals");
    }

    /// Nobody approves what was recorded before they were permitted to, so a colleague records it once more.
    #[track_caller]
    fn approve_classifications_by_routes(&self, tenant: &Tenant, investor: &str) {
        let second = self.colleague(tenant, "compliance");
        let path = format!("/v1/investors/{investor}");
        let waits = |investor: &Value| {
            let all = investor["classifications"].as_array().cloned().unwrap_or_default();
            all.into_iter().filter(|one| one["approved_at"].is_null()).collect::<Vec<_>>()
        };
        for one in waits(&self.get(&path).token(tenant).send().expect(200)) {
            let mut again = one.clone();
            for known in ["id", "recorded_at", "approved_at", "approved_by", "superseded_by"] {
                again.as_object_mut().expect("an object").remove(known);
            }
            let id = one["id"].as_str().expect("an id");
            let reason = json!({"reason": "recorded again"});
            let revocation = format!("{path}/classifications/{id}/revocation");
            self.post(&revocation).token(tenant).json(&reason).send().expect(200);
            self.post(&format!("{path}/classifications")).token(tenant).json(&again).send().expect(201);
        }
        for one in waits(&self.get(&path).token(tenant).send().expect(200)) {
            let approval = format!("{path}/classifications/{}/approval", one["id"].as_str().expect("an id"));
            self.post(&approval).token(&second).send().expect(200);
        }
    }

    #[track_caller]
    fn approve_identity_by_routes(&self, tenant: &Tenant, investor: &str) {
        let second = self.colleague(tenant, "compliance");
        let path = format!("/v1/investors/{investor}");
        let natural = self.get(&path).token(tenant).send().expect(200)["kind"] == "natural";
        let document = if natural { passport() } else { register_extract() };
        self.post(&format!("{path}/kyc/documents")).token(tenant).json(&document).send().expect(201);
        let declared = json!({"politically_exposed": false, "source_of_funds": "Earnings"});
        let file =
            self.post(&format!("{path}/kyc/submission")).token(tenant).json(&declared).send().expect(200);
        self.post(&format!("{path}/kyc/review")).token(&second).send().expect(200);
        let approval = json!({"submission_id": file["submission"]["id"]});
        self.post(&format!("{path}/kyc/approval")).token(&second).json(&approval).send().expect(200);
    }
}
