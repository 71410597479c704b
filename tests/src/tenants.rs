//! Tenants to act as.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Environment, note_secret, skipped::skip, wait_until_some};

/// A tenant with its first user, signed in.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// The tenant's id.
    pub id: Uuid,
    /// The user's id.
    pub user_id: Uuid,
    /// How the user signs in.
    pub email: String,
    /// The user's password.
    pub password: String,
    /// A token of ten minutes.
    pub access_token: String,
    /// What renews it.
    pub refresh_token: String,
}

impl AsRef<str> for Tenant {
    fn as_ref(&self) -> &str {
        &self.access_token
    }
}

impl Environment {
    /// A new tenant that invests.
    #[track_caller]
    pub fn institution(&self) -> Tenant {
        self.register("institution")
    }

    /// A new tenant that offers funds.
    #[track_caller]
    pub fn issuer(&self) -> Tenant {
        self.register("issuer")
    }

    /// The seeded institution, signed in as its owner. `None`, and the test noted as skipped, where its password is not known.
    #[track_caller]
    pub fn demo(&self) -> Option<Tenant> {
        self.seeded("DEMO")
    }

    /// The seeded issuer, signed in as its owner; like [`Self::demo`].
    #[track_caller]
    pub fn demo_issuer(&self) -> Option<Tenant> {
        self.seeded("DEMO_ISSUER")
    }

    /// The same user with the role `operator` as well, signed in anew. Whoever runs an installation gives that role, by no
    /// route: `None` when the tests are pointed at a `FUNDRAIL_URL`.
    #[track_caller]
    pub fn operator(&self, of: &Tenant) -> Option<Tenant> {
        let sql = "insert into membership_role (tenant_id, user_id, role) values ($1::text::uuid, $2::text::uuid, 'operator') \
            on conflict do nothing";
        let (tenant, user) = (of.id.to_string(), of.user_id.to_string());
        self.control()?.database().admin().execute(sql, &[&tenant, &user]).expect("the role is given");
        Some(self.sign_in(&of.email, &of.password))
    }

    #[track_caller]
    fn seeded(&self, who: &str) -> Option<Tenant> {
        let read = |what: &str| self.variables().get(&format!("FUNDRAIL_{who}_{what}")).map(str::to_owned);
        let (Some(email), Some(password)) = (read("EMAIL"), read("PASSWORD")) else {
            skip(&format!("FUNDRAIL_{who}_EMAIL and FUNDRAIL_{who}_PASSWORD are not given"));
            return None;
        };
        Some(self.sign_in(&email, &password))
    }

    /// Registers a tenant of a kind under an e-mail address that nobody has, shows that the address is its user's, and signs
    /// them in.
    #[track_caller]
    pub fn register(&self, kind: &str) -> Tenant {
        let (email, password) = self.register_only(kind);
        match self.control() {
            Some(control) => {
                let sql = "update app_user set email_verified_at = now() where email = $1";
                let verified = control.database().admin().execute(sql, &[&email]).expect("an update");
                assert_eq!(verified, 1, "{email}");
            }
            None => self.verify_by_mail(&email, &password),
        }
        self.sign_in(&email, &password)
    }

    /// Registers a tenant of a kind whose user has not shown yet that the address is theirs, and signs them in.
    #[track_caller]
    pub fn unverified(&self, kind: &str) -> Tenant {
        let (email, password) = self.register_only(kind);
        self.sign_in(&email, &password)
    }

    /// Registers; answers with address and password.
    #[track_caller]
    fn register_only(&self, kind: &str) -> (String, String) {
        let name = Uuid::now_v7().simple().to_string();
        let email = format!("owner-{name}@example.com");
        let password = format!("pw {}", Uuid::new_v4().simple());
        let body = json!({
            "tenant_name": format!("Test {kind} {name}"), "kind": kind, "email": email, "password": password,
        });
        self.post("/v1/auth/register").json(&body).send().expect(201);
        (email, password)
    }

    /// Follows the link of the mail that registration has sent, as the outbox of development shows it.
    #[track_caller]
    fn verify_by_mail(&self, email: &str, password: &str) {
        let first = self.sign_in(email, password);
        let path = format!("/v1/ops/notifications?recipient={email}");
        let page = self.get(&path).token(&first).send().expect(200);
        let mails = page["data"].as_array().expect("a page");
        let mail = mails.iter().find(|mail| mail["kind"] == "email_verification").expect("the mail");
        let body = json!({"token": text(mail, "token")});
        self.post("/v1/auth/email/verify").json(&body).send().expect(204);
        self.post("/v1/auth/logout").token(&first).send().expect(204);
    }

    /// Another person in a tenant, by an invitation that they follow.
    #[track_caller]
    pub fn colleague(&self, tenant: &Tenant, role: &str) -> Tenant {
        let email = format!("colleague-{}@example.com", Uuid::new_v4().simple());
        let password = format!("pw {}", Uuid::new_v4().simple());
        let body = json!({"email": email, "roles": [role]});
        self.post("/v1/auth/invitations").token(tenant).json(&body).send().expect(201);
        let mails = format!("/v1/ops/notifications?recipient={email}");
        let token = wait_until_some("the invitation", || {
            let page = self.get(&mails).token(tenant).send().expect(200);
            let mails = page["data"].as_array()?.clone();
            mails.iter().find(|mail| mail["kind"] == "invitation")?["token"].as_str().map(str::to_owned)
        });
        note_secret(&token);
        let body = json!({"token": token, "password": password});
        self.post("/v1/auth/password/accept-invitation").json(&body).send().expect(200);
        self.sign_in(&email, &password)
    }

    /// Signs a user in.
    #[track_caller]
    pub fn sign_in(&self, email: &str, password: &str) -> Tenant {
        let body = json!({"email": email, "password": password});
        let tokens = self.post("/v1/auth/login").json(&body).send().expect(200);
        let access_token = text(&tokens, "access_token");
        let me = self.get("/v1/auth/me").token(&access_token).send().expect(200);
        Tenant {
            id: id(&me["tenant"]),
            user_id: id(&me["user"]),
            email: email.to_owned(),
            password: password.to_owned(),
            access_token,
            refresh_token: text(&tokens, "refresh_token"),
        }
    }
}

#[track_caller]
fn id(of: &Value) -> Uuid {
    of["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no id: {of}"))
}

#[track_caller]
fn text(of: &Value, field: &str) -> String {
    of[field].as_str().unwrap_or_else(|| panic!("no {field}: {of}")).to_owned()
}
