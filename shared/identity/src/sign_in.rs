//! Beginning a session: what sign-in, the second factor, refreshing and switching tenants have in common.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use fundrail_api::auth::{LoginAnswer, MfaRequired, Tokens};
use fundrail_domain::{
    Error, Result,
    auth::access_token::{self, Claims},
    ids::{SessionId, TenantId, UserId},
};
use fundrail_platform::{Answer, Context, audit::Actor, db::Db, random};
use fundrail_store::identity::{
    members::roles_of,
    sign_in::{self as store, NewChallenge, NewRefreshToken, NewSession},
};
use hmac::{Hmac, Mac as _};
use serde_json::json;
use sha2::Sha256;

use crate::tokens;

/// Prefix of refresh tokens, so that a log or a scanner recognises them.
pub const REFRESH_PREFIX: &str = "frr_";
/// Prefix of the tokens of challenges.
const CHALLENGE_PREFIX: &str = "frc_";

/// Maximum length of a session; after that, a new sign-in is needed.
const SESSION_DAYS: i64 = 30;
/// Lifetime of a refresh token.
const REFRESH_DAYS: i64 = 14;

/// Whose session begins, and how.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// The tenant.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// Version of the password that was given: the session does not begin if there is another one by now.
    pub password_version: i64,
    /// When a second factor was last shown, if one was.
    pub mfa_at: Option<DateTime<Utc>>,
    /// The session that it descends from; none if the password has just been given.
    pub parent: Option<Parent>,
    /// Why, for the audit trail: `password`, `mfa`, `switch`, `invitation`.
    pub by: &'static str,
}

/// What a session passes on to one that descends from it, in another tenant: that one ends when its parent would have ended.
#[derive(Debug, Clone, Copy)]
pub struct Parent {
    /// The session.
    pub id: SessionId,
    /// The first of its family.
    pub family: SessionId,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// When the password was shown.
    pub authenticated_at: DateTime<Utc>,
}

impl Start {
    /// In another tenant, descending from a valid session of the user.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] if that is no longer valid.
    pub async fn out_of(db: &Db, session: SessionId, tenant: TenantId, by: &'static str) -> Result<Self> {
        let parent = store::parent(db, session).await?;
        let parent =
            parent.ok_or_else(|| Error::unauthenticated("the session that it grows out of is over"))?;
        Ok(Self {
            tenant,
            user: parent.user_id,
            password_version: parent.password_version,
            mfa_at: parent.mfa_at,
            parent: Some(Parent {
                id: session,
                family: parent.family_id,
                expires_at: parent.expires_at,
                authenticated_at: parent.authenticated_at,
            }),
            by,
        })
    }
}

/// Refuses somebody whose password has changed since they gave it; locks it until the transaction ends. The connection acts for
/// the user.
///
/// # Errors
/// [`Error::Unauthenticated`].
pub async fn hold_password(db: &Db, user: UserId, shown_version: i64) -> Result<()> {
    let held = store::hold_password(db, user, shown_version).await?;
    held.map(drop).ok_or_else(|| Error::unauthenticated("the password has changed in the meantime"))
}

/// Whether somebody may begin a session: the password that they have given is still theirs, and they are a member. Locks both
/// until the transaction ends.
async fn may_begin(db: &Db, start: &Start) -> Result<()> {
    if store::may_begin(db, start.tenant, start.user, start.password_version).await? {
        return Ok(());
    }
    Err(Error::unauthenticated("the password has changed in the meantime, or the membership ended"))
}

/// Begins a session and issues its first tokens. Call it in a transaction, with the connection acting for tenant and user.
///
/// # Errors
/// [`Error::Unauthenticated`] if the password has changed since it was given, or the user is no longer a member.
pub async fn start(cx: &Context, db: &Db, start: Start) -> Result<Tokens> {
    may_begin(db, &start).await?;
    let session: SessionId = random::new_id();
    let expires_at = start.parent.map_or(cx.now() + Duration::days(SESSION_DAYS), |parent| parent.expires_at);
    let begun = NewSession {
        tenant_id: start.tenant,
        id: session,
        user_id: start.user,
        device: device(cx),
        client_address: cx.client_address(),
        created_at: cx.now(),
        expires_at,
        mfa_at: start.mfa_at,
        password_version: start.password_version,
        parent_id: start.parent.map(|parent| parent.id),
        family_id: start.parent.map_or(session, |parent| parent.family),
        authenticated_at: start.parent.map_or(cx.now(), |parent| parent.authenticated_at),
    };
    store::insert_session(db, begun).await?;
    let refresh_token = tokens::opaque(REFRESH_PREFIX)?;
    store_refresh_token(db, (start.tenant, session), &refresh_token, cx.now(), expires_at).await?;
    let (who, subject) = ((start.tenant, Actor::User(start.user)), ("session", session.to_string()));
    cx.audit_as(db, who, "session.created", subject, json!({ "by": start.by })).await?;
    issue(cx, db, (start.tenant, start.user, session), refresh_token).await
}

/// Lifetime of a challenge in seconds.
const CHALLENGE_SECONDS: i64 = 300;

/// Begins a session or, for somebody with a second factor, asks for it. Call it like [`start`].
pub async fn start_or_challenge(
    cx: &Context,
    db: &Db,
    start_with: Start,
    has_mfa: bool,
) -> Result<Answer<LoginAnswer>> {
    if !has_mfa {
        return Answer::ok(&LoginAnswer::Tokens(start(cx, db, start_with).await?));
    }
    may_begin(db, &start_with).await?;
    let challenge_token = tokens::opaque(CHALLENGE_PREFIX)?;
    let challenge = NewChallenge {
        id: random::new_id(),
        user_id: start_with.user,
        tenant_id: start_with.tenant,
        token_hash: &tokens::hash(&challenge_token),
        expires_at: cx.now() + Duration::seconds(CHALLENGE_SECONDS),
        password_version: start_with.password_version,
    };
    store::insert_challenge(db, challenge).await?;
    let challenge = MfaRequired { mfa_required: true, challenge_token, expires_in: CHALLENGE_SECONDS };
    Answer::ok(&LoginAnswer::MfaRequired(challenge))
}

/// The tokens of a valid session. The connection acts for its tenant.
pub async fn issue(
    cx: &Context,
    db: &Db,
    (tenant, user, session): (TenantId, UserId, SessionId),
    refresh_token: String,
) -> Result<Tokens> {
    let roles = roles_of(db, user).await?.unwrap_or_default();
    let issued_at = cx.now().timestamp();
    let expires_at = issued_at + access_token::LIFETIME;
    let claims = Claims { user, tenant, session, roles, issued_at, expires_at };
    Ok(Tokens {
        access_token: tokens::sign(db, &claims).await?,
        token_type: "Bearer".to_owned(),
        expires_in: access_token::LIFETIME,
        refresh_token,
        device_token: None,
    })
}

/// Stores a refresh token of a session. One that already exists, because a parallel request was faster, stays.
pub async fn store_refresh_token(
    db: &Db,
    (tenant, session): (TenantId, SessionId),
    token: &str,
    now: DateTime<Utc>,
    session_expires_at: DateTime<Utc>,
) -> Result<()> {
    let expires_at = session_expires_at.min(now + Duration::days(REFRESH_DAYS));
    let token = NewRefreshToken {
        tenant_id: tenant,
        id: random::new_id(),
        session_id: session,
        token_hash: &tokens::hash(token),
        seed: random::bytes::<32>()?.to_vec(),
        created_at: now,
        expires_at,
    };
    store::insert_refresh_token(db, token).await.map(drop)
}

/// The successor of a refresh token: HMAC-SHA-256 of the seed in its row under the token itself. Both are needed to compute it:
/// the database alone has no token, and a stolen token comes without the seed.
pub fn successor(token: &str, seed: &[u8]) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes())
        .map_err(|_| Error::internal("HMAC takes keys of any length"))?;
    mac.update(seed);
    Ok(format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
}

/// What the device calls itself, at most 200 characters.
fn device(cx: &Context) -> Option<String> {
    let text = cx.header("user-agent")?;
    Some(text.chars().filter(|c| !c.is_control()).take(200).collect())
}
