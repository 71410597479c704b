//! Forged tokens.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_compact::{KeyPair, Seed};
use fundrail_tests::{Tenant, Value, assert_problem, json, note_secret, shared, skip};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::support::{is_let_in, join, text};

/// Header (0) or claims (1) of a token.
pub(crate) fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("a part");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn tokens_that_are_not_signed_by_us_are_refused() {
    let env = shared();
    let owner = env.institution();
    let token = owner.access_token.clone();
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let (payload, signature) =
        token.split_once('.').map(|(_, rest)| rest.split_once('.').expect("two dots")).expect("a dot");
    let with = |field: &str, value: Value| {
        let mut header = header.clone();
        header[field] = value;
        encode(&header.to_string())
    };
    let key = env.get("/.well-known/jwks.json").send().expect(200)["keys"][0]["x"]
        .as_str()
        .expect("a key")
        .to_owned();
    let hs256 = format!("{}.{payload}", with("alg", json!("HS256")));
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&URL_SAFE_NO_PAD.decode(&key).expect("a key")).expect("a key");
    mac.update(hs256.as_bytes());
    let hs256 = format!("{hs256}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
    let mut other = claims.clone();
    other["roles"] = json!(["owner", "operator"]);
    let signed = token.split('.').next().expect("a header");
    let forged = [
        ("alg none, no signature", format!("{}.{payload}.", with("alg", json!("none")))),
        ("alg none, signature kept", format!("{}.{payload}.{signature}", with("alg", json!("none")))),
        ("HS256 with the public key", hs256),
        ("another kid", format!("{}.{payload}.{signature}", with("kid", json!("nobody")))),
        ("a kid of SQL", format!("{}.{payload}.{signature}", with("kid", json!("' or 1=1 --")))),
        ("a key in the header", format!("{}.{payload}.{signature}", with("jwk", json!({"kty": "OKP"})))),
        ("changed claims", format!("{signed}.{}.{signature}", encode(&other.to_string()))),
        ("truncated", token[..token.len() - 10].to_owned()),
        ("no signature", format!("{signed}.{payload}")),
        ("a dot more", format!("{token}.")),
        ("10 kB", format!("{signed}.{}.{signature}", "A".repeat(10_000))),
        ("duplicate header keys", {
            let header = format!("{{\"alg\":\"none\",{}", &header.to_string()[1..]);
            format!("{}.{payload}.{signature}", encode(&header))
        }),
        ("nothing", String::new()),
    ];
    for (attack, token) in forged {
        let response = env.get("/v1/auth/me").token(&token).send();
        assert!((400..500).contains(&response.status), "{attack}: {}", response.describe());
        assert_eq!(response.status, 401, "{attack}");
    }
    assert!(is_let_in(env, &token), "and the true one is still let in");
}

#[test]
fn headers_that_are_not_one_bearer_token_are_refused() {
    let env = shared();
    let owner = env.institution();
    for value in ["", "Bearer", "Bearer ", "Basic YTpi", &owner.access_token, "bearer\t", "Bearer a b"] {
        let response = env.get("/v1/auth/me").header("authorization", value).send();
        assert!((400..500).contains(&response.status), "{value:?}: {}", response.describe());
    }
    let twice = env.get("/v1/auth/me").token(&owner).header("authorization", "Bearer x").send();
    assert_problem(&twice, 401, "unauthenticated", &[]);
    let injected = format!(
        "GET /v1/auth/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\tfolded: y\r\nconnection: close\r\n\r\n",
        owner.access_token
    );
    let answer =
        fundrail_tests::bare(env.client().base(), injected.as_bytes(), std::time::Duration::from_secs(5));
    let answer = String::from_utf8_lossy(&answer.expect("an answer")).into_owned();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

type Change<'a> = &'a dyn Fn(&mut Value);

/// Claims of a good token with some of them changed, signed by a key that is published.
fn signed(key: &KeyPair, kid: &str, owner: &Tenant, change: impl Fn(&mut Value)) -> String {
    let mut claims = part(&owner.access_token, 1);
    change(&mut claims);
    signed_text(key, kid, &claims.to_string())
}

fn signed_text(key: &KeyPair, kid: &str, claims: &str) -> String {
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": kid}).to_string();
    let unsigned = format!("{}.{}", encode(&header), encode(claims));
    let signature = key.sk.sign(unsigned.as_bytes(), None);
    let token = format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(*signature));
    note_secret(&token);
    token
}

#[test]
fn claims_are_checked_even_when_the_signature_holds() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it publishes a key of its own") };
    let (owner, stranger) = (env.institution(), env.institution());
    let key = KeyPair::from_seed(Seed::new([9; 32]));
    let kid = uuid::Uuid::new_v4().simple().to_string();
    let public = URL_SAFE_NO_PAD.encode(*key.pk);
    let sql = "insert into signing_key (kid, public_key, secret_sealed, secret_key_id, signs_from, signs_until) \
        values ($1, $2, 'none', 'none', now() - interval '2 days', now() - interval '1 day')";
    control.database().admin().execute(sql, &[&kid, &public]).expect("a key");
    fundrail_tests::wait_until("the key is known", || is_let_in(env, signed(&key, &kid, &owner, |_| ())));
    let now = part(&owner.access_token, 1)["iat"].as_i64().expect("a time");
    let changes: [(&str, Change<'_>); 9] = [
        ("audience", &|claims| claims["aud"] = json!("somebody")),
        ("issuer", &|claims| claims["iss"] = json!("https://evil.example")),
        ("expired", &|claims| claims["exp"] = json!(now - 1)),
        ("not yet valid", &|claims| claims["nbf"] = json!(now + 3600)),
        ("issued in the future", &|claims| claims["iat"] = json!(now + 3600)),
        ("another tenant", &|claims| claims["tenant"] = json!(stranger.id)),
        ("another user", &|claims| claims["sub"] = json!(stranger.user_id)),
        ("no session", &|claims| claims["session"] = json!(null)),
        ("an unknown claim", &|claims| claims["admin"] = json!(true)),
    ];
    for (attack, change) in changes {
        let token = signed(&key, &kid, &owner, change);
        let refused = env.get("/v1/auth/me").token(&token).send();
        assert_eq!(refused.status, 401, "{attack}");
        assert_problem(&refused, 401, "unauthenticated", &[]);
    }
    let claims = part(&owner.access_token, 1).to_string();
    let twice = format!("{{\"sub\":\"{}\",{}", stranger.user_id, &claims[1..]);
    assert!(!is_let_in(env, signed_text(&key, &kid, &twice)), "duplicate claims");
    // A key that is removed is refused within a minute; here its removal is seen at the next look.
    let sql = "update signing_key set verifies_until = now() where kid = $1";
    control.database().admin().execute(sql, &[&kid]).expect("an update");
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while is_let_in(env, signed(&key, &kid, &owner, |_| ())) {
        assert!(std::time::Instant::now() < deadline, "a removed key is still taken after a minute");
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}

#[test]
fn ids_of_another_tenant_are_not_found() {
    let env = shared();
    let (ours, theirs) = (env.institution(), env.institution());
    let member = join(env, &theirs, &["viewer"]);
    let body = json!({"name": "k", "scopes": ["funds:read"]});
    let key = env.post("/v1/auth/api-keys").token(&theirs).json(&body).send().expect(201);
    note_secret(&text(&key, "key"));
    let session = text(&env.get("/v1/auth/me").token(&theirs).send().expect(200), "session_id");
    let key = text(&key, "id");
    let tries = [
        ("DELETE", format!("/v1/auth/users/{}", member.user_id), None),
        ("PUT", format!("/v1/auth/users/{}/roles", member.user_id), Some(json!({"roles": ["viewer"]}))),
        ("DELETE", format!("/v1/auth/sessions/{session}"), None),
        ("DELETE", format!("/v1/auth/api-keys/{key}"), None),
        ("POST", format!("/v1/auth/api-keys/{key}/rotate"), Some(json!({}))),
    ];
    for (method, path, body) in tries {
        let request = env.request(method, &path).token(&ours);
        let request = if let Some(body) = &body { request.json(body) } else { request };
        assert_problem(&request.send(), 404, "not_found", &[]);
    }
    assert!(is_let_in(env, &theirs) && is_let_in(env, &member));
}
