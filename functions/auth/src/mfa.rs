//! Second factors: TOTP, and recovery codes for when the authenticator is lost.

use fundrail_api::auth::{ChallengeAnswer, RecoveryCodes, Tokens, TotpEnrolment};
use fundrail_domain::{
    auth::{
        lockout::{self, Failures},
        recovery_code, totp,
    },
    ids::{TenantId, UserId},
};
use fundrail_identity::{
    devices, notices,
    sessions::{self, Mark},
    sign_in::{self, Start},
    tokens,
};
use fundrail_platform::{
    Answer, Context, Error, Result,
    audit::Actor,
    db::{Db, Identity},
    idempotency, random,
    secrets::{self, Sealed},
};
use fundrail_store::identity as store;
use http::StatusCode;
use serde_json::{Value, json};

/// Operations whose stored responses contain a secret that must not be returned again once it is in force.
const ENROLMENT: &str = "/v1/auth/mfa/totp";
/// Operations whose stored responses contain recovery codes, which are worthless once the factor is replaced or removed.
const RECOVERY_CODES: &str = "/v1/auth/mfa/recovery-codes";
/// Wrong codes that are allowed before the first pause.
const FREE_FAILURES: u32 = 5;
/// Wrong codes after which a challenge ends.
const CHALLENGE_ATTEMPTS: i32 = 5;

/// `POST /v1/auth/mfa/totp`: a new secret, which takes effect once it is confirmed.
pub(crate) async fn enrol(cx: &Context) -> Result<Answer<TotpEnrolment>> {
    let principal = cx.principal()?;
    let (user, _) = principal.person()?;
    let email = principal.user.as_ref().map(|user| user.email.as_str()).unwrap_or_default();
    let secret = random::bytes::<{ totp::SECRET_LENGTH }>()?;
    let sealed = secrets::keys().await?.seal(&place(user), &secret)?;
    let db = cx.db().await?;
    db.transaction(async |db| {
        if store::factors::put_totp(db, user, &sealed.text, &sealed.key_id).await? == 0 {
            return Err(Error::conflict("mfa_enabled", "there is already a second factor: remove it first"));
        }
        idempotency::forget(db, ENROLMENT).await?;
        cx.audit(db, "mfa.enrolled", ("user", user.to_string()), json!({})).await
    })
    .await?;
    let enrolment = TotpEnrolment {
        secret: totp::base32(&secret),
        otpauth_uri: totp::otpauth_uri("Fundrail", email, &secret),
    };
    Ok(Answer::json(StatusCode::CREATED, &enrolment)?.secret())
}

/// `POST /v1/auth/mfa/totp/confirm`: the first code shows that the secret has arrived.
pub(crate) async fn confirm(cx: &Context, code: String) -> Result<Answer<RecoveryCodes>> {
    let (user, session) = cx.principal()?.person()?;
    let db = cx.db().await?;
    let found = store::factors::totp(&db, user).await?.filter(|totp| !totp.confirmed);
    let found = found.ok_or_else(|| Error::conflict("mfa_not_enrolled", "there is no secret to confirm"))?;
    let changed = || Error::conflict("mfa_not_enrolled", "the secret has changed meanwhile: enrol again");
    check_code(cx, &db, Attempt::by_session(cx, "confirm")?, &code).await?;
    let codes = db
        .transaction(async |db| {
            if store::factors::confirm_totp(db, user, &found.secret_sealed).await? == 0 {
                return Err(changed());
            }
            store::sessions::note_mfa(db, session, cx.now()).await?;
            let codes = replace_recovery_codes(db, user).await?;
            db.mark(&sessions::own_keys(db).await?, Mark::Changed).await?;
            idempotency::forget(db, ENROLMENT).await?;
            idempotency::forget(db, RECOVERY_CODES).await?;
            cx.audit(db, "mfa.enabled", ("user", user.to_string()), json!({})).await?;
            tell(cx, db, user, "mfa_enabled").await?;
            Ok(codes)
        })
        .await?;
    Answer::ok(&codes)
}

/// `DELETE /v1/auth/mfa/totp`
pub(crate) async fn remove(cx: &Context) -> Result<Answer<()>> {
    let (user, _) = cx.principal()?.person()?;
    let db = cx.db().await?;
    db.transaction(async |db| {
        if !store::factors::remove(db, user).await? {
            return Err(Error::NotFound { what: "second factor" });
        }
        db.mark(&sessions::own_keys(db).await?, Mark::Changed).await?;
        idempotency::forget(db, ENROLMENT).await?;
        idempotency::forget(db, RECOVERY_CODES).await?;
        cx.audit(db, "mfa.disabled", ("user", user.to_string()), json!({})).await?;
        tell(cx, db, user, "mfa_disabled").await
    })
    .await?;
    Answer::no_content()
}

/// `POST /v1/auth/mfa/recovery-codes`: ten new ones; the old ones stop working.
pub(crate) async fn new_recovery_codes(cx: &Context) -> Result<Answer<RecoveryCodes>> {
    let (user, _) = cx.principal()?.person()?;
    let db = cx.db().await?;
    let codes = db
        .transaction(async |db| {
            // Locked, so that after several such requests at once only the codes of the last one are valid.
            if !store::factors::lock_totp(db, user).await?.is_some_and(|totp| totp.confirmed) {
                return Err(Error::conflict("mfa_not_enabled", "there is no second factor to recover"));
            }
            cx.audit(db, "mfa.recovery_codes_replaced", ("user", user.to_string()), json!({})).await?;
            tell(cx, db, user, "recovery_codes_replaced").await?;
            replace_recovery_codes(db, user).await
        })
        .await?;
    Ok(Answer::ok(&codes)?.secret())
}

/// `POST /v1/auth/mfa/verify`: steps the session up, for actions that want a fresh second factor.
pub(crate) async fn verify(cx: &Context, code: String) -> Result<Answer<()>> {
    let (_, session) = cx.principal()?.person()?;
    let db = cx.db().await?;
    check_code(cx, &db, Attempt::by_session(cx, "verify")?, &code).await?;
    db.transaction(async |db| {
        store::sessions::note_mfa(db, session, cx.now()).await?;
        db.mark(&[sessions::session_key(session)], Mark::Changed).await?;
        cx.audit(db, "mfa.verified", ("session", session.to_string()), json!({})).await
    })
    .await?;
    Answer::no_content()
}

/// `POST /v1/auth/mfa/challenge`: the second half of a sign-in.
pub(crate) async fn challenge(
    cx: &Context,
    ChallengeAnswer { token, code }: ChallengeAnswer,
) -> Result<Answer<Tokens>> {
    let db = cx.db().await?;
    let found = store::factors::find_challenge(&db, &tokens::hash(&token)).await?;
    let found = found.ok_or_else(|| Error::unauthenticated("no such challenge, or it is no longer valid"))?;
    let (tenant, user) = (found.tenant_id, found.user_id);
    db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
    if store::factors::count_challenge_attempt(&db, found.id, CHALLENGE_ATTEMPTS).await? == 0 {
        return Err(Error::unauthenticated("the challenge has had too many attempts"));
    }
    // The caller is not known yet: they have shown a password and nothing else.
    check_code(cx, &db, Attempt { tenant, user, by: Actor::System, at: "challenge" }, &code).await?;
    let issued = db
        .transaction(async |db| {
            if store::factors::use_challenge(db, found.id).await? == 0 {
                return Err(Error::unauthenticated("the challenge has been used in the meantime"));
            }
            let (password_version, mfa_at) = (found.password_version, Some(cx.now()));
            let start = Start { tenant, user, password_version, mfa_at, parent: None, by: "mfa" };
            // First, since it locks the password, as a change of password does.
            let tokens = sign_in::start(cx, db, start).await?;
            store::accounts::remember_address(db, found.user_id, &tokens::hash(&cx.network())).await?;
            Ok(Tokens { device_token: Some(devices::remember(db, user).await?), ..tokens })
        })
        .await?;
    Answer::ok(&issued)
}

/// An attempt to show a second factor.
#[derive(Clone, Copy)]
struct Attempt {
    tenant: TenantId,
    user: UserId,
    /// The caller, as far as known.
    by: Actor,
    /// The step that it is part of: `challenge`, `verify`, or `confirm`, which uses a secret that is not in force yet.
    at: &'static str,
}

impl Attempt {
    fn by_session(cx: &Context, at: &'static str) -> Result<Self> {
        let principal = cx.principal()?;
        let (user, _) = principal.person()?;
        Ok(Self { tenant: principal.tenant_id, user, by: principal.actor(), at })
    }

    async fn audit(&self, cx: &Context, db: &Db, action: &'static str, detail: Value) -> Result<()> {
        cx.audit_as(db, (self.tenant, self.by), action, ("user", self.user.to_string()), detail).await
    }
}

/// Checks a code of the authenticator or a recovery code, and uses it up. Counts the attempt first, so that many at once count as
/// many. A wrong code is recorded in the audit trail.
///
/// # Errors
/// [`Error::Unprocessable`] with code `wrong_code` for a wrong or used code: whatever session there is stands.
/// [`Error::TooSoon`] while a pause stands.
async fn check_code(cx: &Context, db: &Db, attempt: Attempt, code: &str) -> Result<()> {
    let wrong = || Error::unprocessable("wrong_code", "the code is wrong, expired or already used");
    let user = attempt.user;
    let totp = db
        .transaction(async |db| {
            let totp = store::factors::lock_totp(db, user).await?;
            let totp = totp.filter(|totp| totp.confirmed == (attempt.at != "confirm")).ok_or_else(wrong)?;
            let pause = lockout::remaining(Failures::from(&totp), FREE_FAILURES);
            if pause > 0 {
                return Err(Error::TooSoon { retry_after: pause });
            }
            store::factors::count_totp_failure(db, user).await?;
            Ok(totp)
        })
        .await?;
    let (right, factor) = if let Some(code) = recovery_code::read(code) {
        (use_recovery_code(cx, db, attempt, &code).await?, "recovery_code")
    } else {
        let sealed = Sealed { key_id: totp.secret_key_id, text: totp.secret_sealed };
        let secret = secrets::keys().await?.open(&place(user), &sealed)?;
        let right = match totp::verify(&secret, code, cx.now().timestamp(), totp.last_step) {
            Some(step) => store::factors::use_totp_step(db, user, step).await? == 1,
            None => false,
        };
        (right, "totp")
    };
    if !right {
        attempt.audit(cx, db, "mfa.failed", json!({ "at": attempt.at, "factor": factor })).await?;
        return Err(wrong());
    }
    store::factors::forget_totp_failures(db, user).await.map(drop)
}

/// Uses up a recovery code; false if there is no such code. Its owner is notified, since somebody else may have found their codes.
async fn use_recovery_code(cx: &Context, db: &Db, attempt: Attempt, code: &str) -> Result<bool> {
    db.transaction(async |db| {
        if store::factors::use_recovery_code(db, attempt.user, &tokens::hash(code)).await? == 0 {
            return Ok(false);
        }
        let left = store::factors::recovery_codes_left(db, attempt.user).await?;
        attempt.audit(cx, db, "mfa.recovery_code_used", json!({ "at": attempt.at, "left": left })).await?;
        let whom = (Some(attempt.tenant), attempt.user);
        notices::tell(cx, db, whom, "recovery_code_used", json!({ "left": left })).await?;
        Ok(true)
    })
    .await
}

/// Tells the caller by mail what has happened to their second factor.
async fn tell(cx: &Context, db: &Db, user: UserId, kind: &'static str) -> Result<()> {
    notices::tell(cx, db, (Some(cx.principal()?.tenant_id), user), kind, json!({})).await
}

async fn replace_recovery_codes(db: &Db, user: UserId) -> Result<RecoveryCodes> {
    let mut codes = Vec::with_capacity(recovery_code::COUNT);
    for _ in 0..recovery_code::COUNT {
        codes.push(recovery_code::write(random::bytes()?));
    }
    let read = codes.iter().filter_map(|code| recovery_code::read(code));
    let hashes: Vec<String> = read.map(|code| tokens::hash(&code)).collect();
    store::factors::replace_recovery_codes(db, user, &hashes).await?;
    Ok(RecoveryCodes { recovery_codes: codes })
}

/// Where the ciphertext of a TOTP secret is stored.
fn place(user: UserId) -> String {
    format!("totp:{user}")
}
