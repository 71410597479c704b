//! What the tests of sign-in share.

use base32ct::{Base32UpperUnpadded, Encoding as _};
use fundrail_tests::{Environment, Response, Tenant, Value, json, note_secret, wait_until_some};

/// A client address that no other test has: they are counted by it.
pub(crate) fn own_address() -> String {
    let id = uuid::Uuid::new_v4().as_u128();
    format!("for=\"[2001:db8:{:x}:{:x}::1]\"", (id >> 16) & 0xffff, id & 0xffff)
}

/// A try to sign in.
#[track_caller]
pub(crate) fn try_login(env: &Environment, email: &str, password: &str, address: &str) -> Response {
    let body = json!({"email": email, "password": password});
    env.post("/v1/auth/login").header("forwarded", address).json(&body).send()
}

/// A refresh.
#[track_caller]
pub(crate) fn refresh(env: &Environment, token: &str) -> Response {
    env.post("/v1/auth/refresh").json(&json!({"refresh_token": token})).send()
}

/// Whether a token lets anybody in.
#[track_caller]
pub(crate) fn is_let_in(env: &Environment, token: impl AsRef<str>) -> bool {
    match env.get("/v1/auth/me").token(token).send().status {
        200 => true,
        401 => false,
        status => panic!("{status}"),
    }
}

/// The token of the newest mail of a kind to somebody, from the outbox of a tenant. Waits for it: a job may write it.
#[track_caller]
pub(crate) fn mailed(env: &Environment, tenant: &Tenant, kind: &str, recipient: &str) -> String {
    let path = format!("/v1/ops/notifications?recipient={}", recipient.replace('+', "%2B"));
    let token = wait_until_some("the mail", || {
        let page = env.get(&path).token(tenant).send().expect(200);
        let mails = page["data"].as_array()?.clone();
        mails.iter().find(|mail| mail["kind"] == kind)?["token"].as_str().map(str::to_owned)
    });
    note_secret(&token);
    token
}

/// Somebody new in a tenant, by an invitation that they follow.
#[track_caller]
pub(crate) fn join(env: &Environment, tenant: &Tenant, roles: &[&str]) -> Tenant {
    let email = format!("member-{}@example.com", uuid::Uuid::new_v4().simple());
    let password = format!("pw {}", uuid::Uuid::new_v4().simple());
    let body = json!({"email": email, "roles": roles});
    env.post("/v1/auth/invitations").token(tenant).json(&body).send().expect(201);
    let token = mailed(env, tenant, "invitation", &email);
    let body = json!({"token": token, "password": password});
    env.post("/v1/auth/password/accept-invitation").json(&body).send().expect(200);
    env.sign_in(&email, &password)
}

/// Has somebody who has an account become a member of another tenant too; the tokens of their session there.
#[track_caller]
pub(crate) fn join_too(env: &Environment, tenant: &Tenant, who: &Tenant, roles: &[&str]) -> Value {
    let body = json!({"email": who.email, "roles": roles});
    env.post("/v1/auth/invitations").token(tenant).json(&body).send().expect(201);
    let token = mailed(env, tenant, "invitation", &who.email);
    env.post("/v1/auth/invitations/accept").token(who).json(&json!({"token": token})).send().expect(200)
}

/// A field as text.
#[track_caller]
pub(crate) fn text(of: &Value, field: &str) -> String {
    of[field].as_str().unwrap_or_else(|| panic!("no {field}: {of}")).to_owned()
}

/// The secret of an enrolment, from base32 (RFC 4648, 6).
pub(crate) fn from_base32(text: &str) -> Vec<u8> {
    Base32UpperUnpadded::decode_vec(text).expect("base32")
}
