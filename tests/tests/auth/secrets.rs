//! Secrets at rest, and the keys that they are encrypted with.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fundrail_domain::auth::totp;
use fundrail_tests::{Environment, Options, json, note_secret, skip, wait_until};

use crate::{
    mfa::{Enrolled, answer, challenge, enrolled, step},
    support::{is_let_in, mailed},
};

/// Ids of the keys that anything is encrypted with.
const KEY_IDS: &str = "select coalesce(string_agg(distinct id, ',' order by id), '') from ( \
    select secret_key_id as id from signing_key \
    union all select secret_key_id from user_totp \
    union all select secret_key_id from notification where secret_sealed is not null) as secrets";

#[test]
fn encryption_keys_rotate_with_overlap_and_a_job_encrypts_anew() {
    let Some(env) = Environment::start(&Options::default()) else { return skip("it restarts the host") };
    let control = env.control().expect("started here");
    let mut admin = control.database().admin();
    let mut key_ids = || admin.query_one(KEY_IDS, &[]).expect("a list").get::<_, String>(0);
    let old = env.variables().get("SPIN_VARIABLE_ENCRYPTION_KEYS").expect("the keys").to_owned();
    let (old_id, _) = old.split_once(':').expect("id:key");
    let Enrolled { tenant, secret, .. } = enrolled(&env);
    let before = mailed(&env, &tenant, "email_verification", &tenant.email);
    assert_eq!(key_ids(), old_id);

    let key = STANDARD.encode(uuid::Uuid::new_v4().as_bytes().repeat(2));
    note_secret(&key);
    let restart = |keys: &str| {
        let mut host = control.host();
        host.set_variable("encryption_keys", keys);
        host.set_variable("development_encryption_keys", keys);
        host.restart();
    };
    restart(&format!("next:{key},{old}"));
    let sql = "delete from periodic_task where name = 'secrets.reencrypt'";
    control.database().admin().execute(sql, &[]).expect("due");
    wait_until("everything has the new key", || key_ids() == "next");

    // The old one can go.
    restart(&format!("next:{key}"));
    assert!(is_let_in(&env, &tenant));
    let other = challenge(&env, &tenant);
    let tokens = answer(&env, &other, &totp::code_at(&secret, step(1))).expect(200);
    assert!(
        is_let_in(&env, tokens["access_token"].as_str().expect("a token")),
        "it was signed by the same key"
    );
    assert_eq!(mailed(&env, &tenant, "email_verification", &tenant.email), before);
    let verified = env.post("/v1/auth/email/verify").json(&json!({"token": before})).send();
    assert_eq!(verified.status, 204, "what was encrypted anew is what was mailed");
}
