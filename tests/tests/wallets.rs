//! `/v1/investors/{id}/wallets…`: nobody's word makes a wallet theirs, a signature does.

mod chain;

use std::thread;

use chain::{LOCAL, Story, deliver, escrow_when, lower, new_terms, register_wallet};
use fundrail_domain::escrow::Terms;
use fundrail_tests::{
    Environment, Response, Tenant, Value, WalletKey, assert_problem, json, new_wallet, shared, skip,
    wallet_path,
};

/// An investor with one wallet, whose key it is, and where the wallet is.
fn holder(env: &Environment, tenant: &Tenant, key: &WalletKey) -> (Value, String) {
    let body = json!({"kind": "natural", "name": "Ada Lovelace", "residence": "LU",
        "wallets": [{"chain_id": LOCAL, "address": lower(key.address())}]});
    let investor = env.post("/v1/investors").token(tenant).json(&body).send().expect(201);
    let path = wallet_path(&investor, &investor["wallets"][0]);
    (investor, path)
}

fn challenge(env: &Environment, tenant: &Tenant, path: &str) -> Value {
    env.post(&format!("{path}/challenges")).token(tenant).send().expect(201)
}

fn prove(env: &Environment, tenant: &Tenant, path: &str, challenge: &Value, signature: &str) -> Response {
    let proof = json!({"challenge_id": challenge["id"], "signature": signature});
    env.post(&format!("{path}/proofs")).token(tenant).json(&proof).send()
}

fn text(challenge: &Value) -> &str {
    challenge["message"].as_str().expect("a text")
}

#[test]
fn a_signature_over_our_text_proves_a_wallet() {
    let env = shared();
    let (tenant, key) = (env.institution(), WalletKey::random());
    let (investor, path) = holder(env, &tenant, &key);
    let posed = challenge(env, &tenant, &path);
    let lines: Vec<&str> = text(&posed).split('\n').collect();
    assert!(lines[0].ends_with(" wants you to sign in with your Ethereum account:"), "{posed}");
    assert_eq!(lines[1], key.address().to_checksum(None));
    for line in [
        "Version: 1".to_owned(),
        format!("Chain ID: {LOCAL}"),
        format!("Nonce: {}", posed["nonce"].as_str().unwrap()),
        format!("Issued At: {}", posed["issued_at"].as_str().unwrap()),
        format!("Expiration Time: {}", posed["expires_at"].as_str().unwrap()),
    ] {
        assert!(lines.contains(&line.as_str()), "{line}: {posed}");
    }
    assert!(
        text(&posed).contains(&tenant.id.to_string())
            && text(&posed).contains(investor["id"].as_str().unwrap())
    );

    let proven = prove(env, &tenant, &path, &posed, &key.sign(text(&posed))).expect(200);
    assert!(proven["wallets"][0]["verified_at"].is_string(), "{proven}");
    let again = prove(env, &tenant, &path, &posed, &key.sign(text(&posed)));
    assert_problem(&again, 409, "challenge_used", &[]);
    // It may be proven anew, by another text.
    let posed = challenge(env, &tenant, &path);
    prove(env, &tenant, &path, &posed, &key.sign(text(&posed))).expect(200);
}

#[test]
fn a_claimed_wallet_opens_nobodys_escrow_and_a_proven_one_its_own() {
    let env = shared();
    let mut story = Story::new(new_terms());
    let (buyer, stranger) = (env.institution(), env.institution());
    register_wallet(env, &buyer, story.terms.buyer, LOCAL);
    let claimed = json!({"kind": "natural", "name": "Mallory", "residence": "LU",
        "wallets": [{"chain_id": LOCAL, "address": lower(story.terms.buyer)}, {"chain_id": LOCAL, "address": lower(story.terms.seller)}]});
    env.post("/v1/investors").token(&stranger).json(&claimed).send().expect(201);
    // Proven on another chain, where the same address may be somebody else's contract.
    let elsewhere = env.institution();
    register_wallet(env, &elsewhere, story.terms.buyer, 1);
    deliver(env, &story.created());
    let escrow = escrow_when(env, &story.path(), &buyer, "the escrow appears", |_| true);
    let by_id = format!("/v1/escrows/{}", escrow["id"].as_str().unwrap());
    for path in [&story.path(), &by_id] {
        for below in ["", "/timeline", "/ledger"] {
            let path = format!("{path}{below}");
            for other in [&stranger, &elsewhere] {
                assert_problem(&env.get(&path).token(other).send(), 404, "not_found", &[]);
            }
            env.get(&path).token(&buyer).send().expect(200);
        }
    }
    let list = env.get("/v1/escrows").token(&stranger).send().expect(200);
    assert_eq!(list["data"], json!([]));
    let mut said = claimed;
    said["wallets"][0] =
        json!({"chain_id": 1, "address": new_wallet(), "verified_at": "2026-01-01T00:00:00Z"});
    let refused = env.post("/v1/investors").token(&stranger).json(&said).send();
    assert_problem(&refused, 422, "invalid_fields", &["/wallets/0/verified_at"]);
}

#[test]
fn a_wallet_that_is_removed_closes_what_it_had_opened_and_can_be_registered_and_proven_again() {
    let env = shared();
    let tenant = env.institution();
    let mut story = Story::new(new_terms());
    let key = WalletKey::of(story.terms.buyer).expect("its key");
    let (investor, path) = holder(env, &tenant, &key);
    env.prove_wallets(&tenant, &investor);
    deliver(env, &story.created());
    escrow_when(env, &story.path(), &tenant, "the escrow appears", |_| true);
    let posed = challenge(env, &tenant, &path);
    let reason = json!({"reason": "the key is lost"});
    let removed = env.post(&format!("{path}/revocation")).token(&tenant).json(&reason).send().expect(200);
    assert_eq!(removed["wallets"], json!([]));
    assert_problem(&env.get(&story.path()).token(&tenant).send(), 404, "not_found", &[]);
    let late = prove(env, &tenant, &path, &posed, &key.sign(text(&posed)));
    assert_problem(&late, 404, "not_found", &[]);
    assert_problem(
        &env.post(&format!("{path}/revocation")).token(&tenant).json(&reason).send(),
        409,
        "already_revoked",
        &[],
    );

    let wallet = json!({"chain_id": LOCAL, "address": lower(key.address())});
    let wallets = format!("/v1/investors/{}/wallets", investor["id"].as_str().unwrap());
    let again = env.post(&wallets).token(&tenant).json(&wallet).send().expect(201);
    assert_eq!(
        again["wallets"][0]["verified_at"],
        Value::Null,
        "an old proof is none of the new registration"
    );
    assert_problem(&env.get(&story.path()).token(&tenant).send(), 404, "not_found", &[]);
    env.prove_wallets(&tenant, &again);
    env.get(&story.path()).token(&tenant).send().expect(200);
}

#[test]
fn a_proof_lapses_with_the_identity_of_the_investor_and_opens_no_new_escrow_until_it_is_given_anew() {
    let env = shared();
    let (tenant, other) = (env.institution(), env.institution());
    let mut before = Story::new(new_terms());
    let mut after = Story::new(Terms { buyer: before.terms.buyer, ..new_terms() });
    let key = WalletKey::of(before.terms.buyer).expect("its key");
    let (investor, path) = holder(env, &tenant, &key);
    register_wallet(env, &other, after.terms.seller, LOCAL);
    env.prove_wallets(&tenant, &investor);
    deliver(env, &before.created());
    escrow_when(env, &before.path(), &tenant, "the escrow appears", |_| true);
    let read = format!("/v1/investors/{}", investor["id"].as_str().unwrap());
    let amend = |change: Value| {
        let etag = env.get(&read).token(&tenant).send().header("etag").expect("an ETag").to_owned();
        env.patch(&read).token(&tenant).header("if-match", &etag).json(&change).send().expect(200)
    };
    let same = amend(json!({"benefit_plan": true}));
    assert_eq!(same["wallets"][0]["stale"], false, "that is no part of who they are");
    let early = challenge(env, &tenant, &path);

    let renamed = amend(json!({"name": "Augusta King"}));
    let wallet = &renamed["wallets"][0];
    assert_eq!((wallet["verified_at"].is_string(), &wallet["stale"]), (true, &json!(true)), "{renamed}");
    deliver(env, &after.created());
    escrow_when(env, &after.path(), &other, "the escrow appears", |_| true);
    assert_problem(&env.get(&after.path()).token(&tenant).send(), 404, "not_found", &[]);
    let listed = |tenant: &Tenant| {
        let page = env.get("/v1/escrows").token(tenant).send().expect(200);
        page["data"].as_array().expect("a list").len()
    };
    assert_eq!(listed(&tenant), 1);
    env.get(&before.path()).token(&tenant).send().expect(200);
    let outdated = prove(env, &tenant, &path, &early, &key.sign(text(&early)));
    assert_problem(&outdated, 422, "challenge_expired", &[]);
    amend(json!({"name": "Ada Lovelace"}));
    assert_problem(&env.get(&after.path()).token(&tenant).send(), 404, "not_found", &[]);

    let posed = challenge(env, &tenant, &path);
    let proven = prove(env, &tenant, &path, &posed, &key.sign(text(&posed))).expect(200);
    assert_eq!(proven["wallets"][0]["stale"], false);
    env.get(&after.path()).token(&tenant).send().expect(200);
    assert_eq!(listed(&tenant), 2);
}

#[test]
fn signatures_of_another_text_key_chain_or_form_prove_nothing() {
    let env = shared();
    let (tenant, key) = (env.institution(), WalletKey::random());
    let (investor, path) = holder(env, &tenant, &key);
    let posed = challenge(env, &tenant, &path);
    let message = text(&posed);
    let other = challenge(env, &tenant, &path);
    let chain = message.replace(&format!("Chain ID: {LOCAL}"), "Chain ID: 1");
    let right = key.sign(message);
    let (numbers, _) = right.split_at(130);
    for (what, signature) in [
        ("another key", WalletKey::random().sign(message)),
        ("another challenge", key.sign(text(&other))),
        ("another chain", key.sign(&chain)),
        ("a space more", key.sign(&format!("{message} "))),
        ("a high s", key.sign_with_high_s(message)),
        ("v of a transaction", format!("{numbers}25")),
        ("no v", numbers.to_owned()),
        ("no digits", format!("0x{}", "z".repeat(130))),
        ("zeros", format!("0x{}1b", "0".repeat(128))),
        ("beyond the curve", format!("0x{}1b", "f".repeat(128))),
    ] {
        let refused = prove(env, &tenant, &path, &posed, &signature);
        assert_eq!(refused.status, 422, "{what}: {}", refused.describe());
        assert_problem(&refused, 422, "invalid_fields", &["/signature"]);
    }
    let wrong = env.post(&format!("{path}/proofs")).token(&tenant).json(&json!({"nonce": 1})).send();
    assert_problem(&wrong, 422, "invalid_fields", &["/challenge_id", "/signature", "/nonce"]);
    let read = format!("/v1/investors/{}", investor["id"].as_str().unwrap());
    let unproven = env.get(&read).token(&tenant).send().expect(200);
    assert_eq!((&unproven["wallets"][0]["verified_at"], &unproven["version"]), (&Value::Null, &json!(1)));
    // A wrong answer uses nothing up; v may count from zero.
    let v = if right.ends_with("1b") { "00" } else { "01" };
    prove(env, &tenant, &path, &posed, &format!("{numbers}{v}")).expect(200);
}

#[test]
fn a_challenge_is_of_one_wallet_investor_and_tenant() {
    let env = shared();
    let (ours, theirs, key) = (env.institution(), env.institution(), WalletKey::random());
    let (_, path) = holder(env, &ours, &key);
    let (_, elsewhere) = holder(env, &theirs, &key);
    let (_, beside) = holder(env, &ours, &WalletKey::random());
    let posed = challenge(env, &ours, &path);
    let signature = key.sign(text(&posed));
    for (who, path) in [(&theirs, &elsewhere), (&theirs, &path), (&ours, &beside)] {
        assert_problem(&prove(env, who, path, &posed, &signature), 404, "not_found", &[]);
    }
    assert_problem(&env.post(&format!("{path}/challenges")).token(&theirs).send(), 404, "not_found", &[]);
    // Their own text, answered with the signature over ours.
    let own = challenge(env, &theirs, &elsewhere);
    assert_problem(
        &prove(env, &theirs, &elsewhere, &own, &signature),
        422,
        "invalid_fields",
        &["/signature"],
    );
}

#[test]
fn of_answers_that_arrive_at_once_one_uses_the_challenge_up() {
    let env = shared();
    let (tenant, key) = (env.institution(), WalletKey::random());
    let (_, path) = holder(env, &tenant, &key);
    let posed = challenge(env, &tenant, &path);
    let signature = key.sign(text(&posed));
    let statuses: Vec<u16> = thread::scope(|scope| {
        let answer = || prove(env, &tenant, &path, &posed, &signature).status;
        let running: Vec<_> = (0..6).map(|_| scope.spawn(answer)).collect();
        running.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
}

#[test]
fn a_proven_wallet_is_one_investors_of_all_tenants_until_it_is_removed_there() {
    let env = shared();
    let (ours, theirs, key) = (env.institution(), env.institution(), WalletKey::random());
    let (investor, path) = holder(env, &ours, &key);
    let (_, elsewhere) = holder(env, &theirs, &key);
    env.prove_wallets(&ours, &investor);
    let posed = challenge(env, &theirs, &elsewhere);
    let refused = prove(env, &theirs, &elsewhere, &posed, &key.sign(text(&posed)));
    assert_problem(&refused, 409, "wallet_proven_elsewhere", &[]);
    for secret in [ours.id.to_string(), investor["id"].as_str().unwrap().to_owned()] {
        assert!(!refused.text().contains(&secret), "it names nobody: {}", refused.describe());
    }
    // Who has not shown that they control it learns nothing of it.
    let wrong = WalletKey::random().sign(text(&posed));
    assert_problem(&prove(env, &theirs, &elsewhere, &posed, &wrong), 422, "invalid_fields", &["/signature"]);
    env.post(&format!("{path}/revocation")).token(&ours).json(&json!({"reason": "sold"})).send().expect(200);
    prove(env, &theirs, &elsewhere, &posed, &key.sign(text(&posed))).expect(200);
}

#[test]
fn a_challenge_can_be_answered_for_a_quarter_of_an_hour() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it moves a challenge into the past") };
    let (tenant, key) = (env.institution(), WalletKey::random());
    let (_, path) = holder(env, &tenant, &key);
    let posed = challenge(env, &tenant, &path);
    let time = |name: &str| {
        posed[name]
            .as_str()
            .and_then(|text| text.parse::<chrono::DateTime<chrono::Utc>>().ok())
            .expect("a time")
    };
    assert_eq!((time("expires_at") - time("issued_at")).num_minutes(), 15);
    let sql = "update wallet_challenge set issued_at = issued_at - interval '15 minutes', expires_at = expires_at - interval '15 minutes' \
        where id = $1::text::uuid";
    let id = posed["id"].as_str().unwrap();
    control.database().admin().execute(sql, &[&id]).expect("it is old");
    let late = prove(env, &tenant, &path, &posed, &key.sign(text(&posed)));
    assert_problem(&late, 422, "challenge_expired", &[]);
}
