//! The guard: who is calling, may they, and how often.
//!
//! Once warm, it costs one round trip to Redis and none to Postgres: the token is verified without I/O, then one script returns
//! the session's record and counts the request.
//!
//! Without Redis, sessions and keys come from Postgres, and each instance counts requests for itself. Without both, nobody is let
//! in (503).

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    net::IpAddr,
};

use fundrail_api::endpoint::{Access, Proof, Standing};
use fundrail_domain::{
    Error, Result,
    auth::{access_token::Claims, api_key},
    ids::{ApiKeyId, SessionId, TenantId, UserId},
};
use fundrail_kit::client_address;
use http::{header, request::Parts};
use uuid::Uuid;

use crate::{
    Route,
    db::{Db, Identity},
    rates::{self, ADDRESS_FACTOR, TENANT, WINDOW},
    redis::{self, Argument, Script, Value},
    sessions::{self, Record},
    time, tokens,
};

/// Who has been let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The tenant that they act for.
    pub tenant_id: TenantId,
    /// The person; `None` for a machine.
    pub user_id: Option<UserId>,
    /// The machine's key; `None` for a person.
    pub api_key_id: Option<ApiKeyId>,
    /// The session; `None` for a machine.
    pub session_id: Option<SessionId>,
    /// Roles in the tenant.
    pub roles: Vec<String>,
    /// What the roles, or the scopes of the key, permit.
    pub permissions: BTreeSet<String>,
    /// What is known of the person.
    pub user: Option<sessions::User>,
    /// What is known of the tenant.
    pub tenant: sessions::Tenant,
}

impl Principal {
    /// Refuses a caller who lacks a permission.
    ///
    /// # Errors
    /// [`Error::Forbidden`] naming it.
    pub fn require(&self, permission: &'static str) -> Result<()> {
        if self.permissions.contains(permission) {
            Ok(())
        } else {
            Err(Error::Forbidden { permission: permission.into() })
        }
    }

    /// The person.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a machine: personal matters need a person.
    pub fn person(&self) -> Result<(UserId, SessionId)> {
        match (self.user_id, self.session_id) {
            (Some(user), Some(session)) => Ok((user, session)),
            _ => Err(Error::Forbidden { permission: "a user's session".into() }),
        }
    }

    fn of(record: Record, session_id: Option<SessionId>) -> Self {
        Self {
            tenant_id: record.tenant.id,
            user_id: record.user.as_ref().map(|user| user.id),
            api_key_id: record.api_key,
            session_id,
            roles: record.roles,
            permissions: record.permissions.into_iter().collect(),
            user: record.user,
            tenant: record.tenant,
        }
    }
}

/// A caller's remaining quota, for the `RateLimit` headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateState {
    /// The class of the route.
    pub class: &'static str,
    /// Requests allowed per window.
    pub limit: u64,
    /// Length of the window in seconds.
    pub window: u64,
    /// Requests left.
    pub remaining: u64,
    /// Seconds until the full quota is restored.
    pub reset: u64,
}

/// Result of the guard.
#[derive(Default)]
pub(crate) struct Admission {
    pub(crate) principal: Option<Principal>,
    /// The connection that was needed for it, to continue with.
    pub(crate) db: Option<Db>,
    /// What was presented, for checking again.
    credential: Option<Credential>,
}

/// Credentials presented by a caller.
enum Credential {
    Token(Claims),
    ApiKey { hash: String },
}

impl Credential {
    fn record_key(&self) -> String {
        match self {
            Self::Token(claims) => sessions::session_key(claims.session),
            Self::ApiKey { hash } => sessions::api_key_key(hash),
        }
    }

    /// The tenant, if known before the record is read: an API key does not contain it, so the first request with a key in an
    /// instance is not counted for its tenant.
    fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::Token(claims) => Some(claims.tenant),
            Self::ApiKey { hash } => TENANT_OF_KEY.with_borrow(|known| known.get(hash).copied()),
        }
    }

    /// A person is counted as one, whichever of their sessions they use.
    fn rate_key(&self, class: &str) -> String {
        match self {
            Self::Token(claims) => format!("rate:{class}:user:{}", claims.user),
            Self::ApiKey { hash } => format!("rate:{class}:key:{hash}"),
        }
    }
}

/// Number of API keys whose tenant an instance remembers.
const KEYS_REMEMBERED: usize = 4096;

thread_local! {
    /// The tenant of an API key, by its hash: that never changes.
    static TENANT_OF_KEY: RefCell<HashMap<String, TenantId>> = RefCell::new(HashMap::new());
}

fn remember_tenant(credential: &Credential, record: &Record) {
    let Credential::ApiKey { hash } = credential else { return };
    TENANT_OF_KEY.with_borrow_mut(|known| {
        if known.len() >= KEYS_REMEMBERED {
            known.clear();
        }
        known.insert(hash.clone(), record.tenant.id);
    });
}

/// Number of seconds for which a second factor, or the password of somebody who has none, counts as just shown.
const STEP_UP_SECONDS: i64 = 300;
/// How challenges call a sign-in with a second factor (`acr_values`, RFC 9470).
const ACR_SECOND_FACTOR: &str = "urn:fundrail:acr:mfa";

/// Lets a request in, or not. `rate` is set as soon as it is known, even for refused requests.
pub(crate) async fn admit(
    head: &Parts,
    route: &Route,
    address: Option<IpAddr>,
    rate: &mut Option<RateState>,
) -> Result<Admission> {
    let credential = match route.endpoint.access {
        Access::Public => None,
        Access::SignedIn | Access::Permission(_) => match identify(head).await {
            Ok(credential) => Some(credential),
            Err(error) => return Err(count_refused(error, route.endpoint.rate_class, address, rate).await),
        },
    };
    let crowd = credential.is_some() || route.endpoint.rate_subject.is_some();
    let counted = count(credential.as_ref(), route.endpoint.rate_class, address, crowd).await?;
    *rate = counted.rate;
    if counted.retry_seconds > 0 {
        return Err(Error::TooManyRequests { retry_after: counted.retry_seconds });
    }
    let Some(credential) = credential else { return Ok(Admission::default()) };
    let (record, db) = match counted.found {
        Found::Record(record) => (*record, None),
        Found::Revoked => return Err(Error::unauthenticated("the session or key is revoked")),
        Found::Nothing { may_store } => {
            let loaded = load(&credential, may_store).await?;
            if let Credential::ApiKey { .. } = credential {
                // Its own limit was not known when the request was counted.
                let counted = count_key(&credential, route.endpoint.rate_class, loaded.0.rate).await?;
                if counted.retry_seconds > 0 {
                    *rate = counted.rate;
                    return Err(Error::TooManyRequests { retry_after: counted.retry_seconds });
                }
                *rate = counted.rate.or(rate.take());
            }
            loaded
        }
    };
    remember_tenant(&credential, &record);
    let principal = let_in(&credential, record, route)?;
    Ok(Admission { principal: Some(principal), db, credential: Some(credential) })
}

/// Checks again, in Postgres, who has been let in: for a request with a slow body, since its sender may have been signed out,
/// demoted or removed in the meantime. Nothing is counted again.
///
/// # Errors
/// Those of [`admit`].
pub(crate) async fn ask_again(admission: Admission, route: &Route) -> Result<Admission> {
    let Admission { principal: Some(_), db, credential: Some(credential) } = admission else {
        return Ok(admission);
    };
    // One connection per request.
    drop(db);
    let (record, db) = load(&credential, false).await?;
    let principal = let_in(&credential, record, route)?;
    Ok(Admission { principal: Some(principal), db, credential: Some(credential) })
}

/// Whether what is known of a session or key admits its bearer to a route.
fn let_in(credential: &Credential, record: Record, route: &Route) -> Result<Principal> {
    if record.expires_at <= time::now().timestamp() {
        return Err(Error::unauthenticated("the session or key has expired"));
    }
    if let Credential::Token(claims) = credential
        && (record.tenant.id, record.user.as_ref().map(|user| user.id)) != (claims.tenant, Some(claims.user))
    {
        return Err(Error::unauthenticated("the token names another tenant or user than its session"));
    }
    let shown = Shown { factor_at: record.mfa_at, password_at: record.authenticated_at };
    let session = match credential {
        Credential::Token(claims) => Some(claims.session),
        Credential::ApiKey { .. } => None,
    };
    let principal = Principal::of(record, session);
    require_access(route.endpoint.access, &principal.permissions)?;
    check_standing(&principal, route.endpoint.standing, shown)?;
    check_proof(&principal, route.endpoint.proof, shown)?;
    Ok(principal)
}

/// Counts requests for what does not exist, by address; returns the error for the caller.
pub(crate) async fn count_stranger(
    error: Error,
    address: Option<IpAddr>,
    rate: &mut Option<RateState>,
) -> Error {
    count_refused(error, "default", address, rate).await
}

/// Refuses a caller who lacks the route's permission.
pub(crate) fn require_access(access: Access, permissions: &BTreeSet<String>) -> Result<()> {
    match access {
        Access::Permission(permission) if !permissions.contains(permission) => {
            Err(Error::Forbidden { permission: permission.into() })
        }
        _ => Ok(()),
    }
}

/// A caller with an invalid credential is counted like one without any: by address.
async fn count_refused(
    error: Error,
    class: &'static str,
    address: Option<IpAddr>,
    rate: &mut Option<RateState>,
) -> Error {
    match count(None, class, address, false).await {
        Ok(counted) => {
            *rate = counted.rate;
            if counted.retry_seconds > 0 {
                Error::TooManyRequests { retry_after: counted.retry_seconds }
            } else {
                error
            }
        }
        Err(_) => error,
    }
}

/// Counts what the body of a request names, an account or a token, at the address that it comes from. Anything wrong with the
/// body is up to the handler.
pub(crate) async fn count_subject(
    route: &Route,
    body: &[u8],
    address: Option<IpAddr>,
    rate: &mut Option<RateState>,
) -> Result<()> {
    let Some(field) = route.endpoint.rate_subject else { return Ok(()) };
    let limit = rates::limits().await?.of(route.endpoint.rate_class);
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(subject) = json.get(field).and_then(serde_json::Value::as_str) else { return Ok(()) };
    if limit == 0 {
        return Ok(());
    }
    let network = address.map_or_else(|| "unknown".to_owned(), client_address::network);
    // A hash, so that no list of attempted accounts is kept.
    let subject = tokens::hash(&format!("{}\n{network}", subject.trim().to_lowercase()));
    let key = format!("rate:{}:subject:{subject}", route.endpoint.rate_class);
    let counted = count_own(&key, route.endpoint.rate_class, limit).await?;
    let stricter = match (&counted.rate, rate.as_ref()) {
        (Some(own), Some(shared)) => own.remaining <= shared.remaining,
        (own, _) => own.is_some(),
    };
    if stricter || counted.retry_seconds > 0 {
        *rate = counted.rate;
    }
    match counted.retry_seconds {
        0 => Ok(()),
        retry_after => Err(Error::TooManyRequests { retry_after }),
    }
}

/// Whether a request has a bearer token at all.
pub(crate) fn shows_token(head: &Parts) -> bool {
    head.headers.get_all(header::AUTHORIZATION).iter().any(|value| {
        value
            .as_bytes()
            .split(|byte| *byte == b' ')
            .next()
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
    })
}

/// Reads the `Authorization` header and checks what can be checked without asking anybody.
async fn identify(head: &Parts) -> Result<Credential> {
    let mut headers = head.headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (headers.next(), headers.next()) else {
        return Err(Error::unauthenticated("no Authorization header, or several"));
    };
    let text = value.to_str().map_err(|_| Error::unauthenticated("the Authorization header is not ASCII"))?;
    let token = match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(Error::unauthenticated("the Authorization header is not Bearer")),
    };
    if !token.starts_with(api_key::PREFIX) {
        return tokens::verify(token).await.map(Credential::Token);
    }
    if !api_key::is_well_formed(token) {
        return Err(Error::unauthenticated("the API key is mistyped"));
    }
    Ok(Credential::ApiKey { hash: tokens::hash(token) })
}

/// When a user has shown what, in seconds since 1970.
#[derive(Clone, Copy)]
struct Shown {
    factor_at: Option<i64>,
    password_at: Option<i64>,
}

/// Whether a user has done what a route requires of them once. Machines have neither an address nor a second factor.
fn check_standing(principal: &Principal, standing: Standing, shown: Shown) -> Result<()> {
    let Some(user) = &principal.user else { return Ok(()) };
    if standing.verified && !user.email_verified {
        return Err(Error::NotReady {
            code: "email_unverified",
            detail: "verify your e-mail address first: follow the link in the e-mail, or POST \
                /v1/auth/email/verification for another one"
                .into(),
        });
    }
    if standing.factor && principal.tenant.mfa_required && !(user.mfa && shown.factor_at.is_some()) {
        return Err(Error::NotReady {
            code: "mfa_required",
            detail: "this tenant requires a second factor of every member: POST /v1/auth/mfa/totp to enrol \
                    one, or /v1/auth/mfa/verify to show it"
                .into(),
        });
    }
    Ok(())
}

/// Whether a user's proof of identity is as fresh as a route requires. A user without a second factor is not asked for one, since
/// it does not exist.
fn check_proof(principal: &Principal, proof: Proof, shown: Shown) -> Result<()> {
    let fresh = |at: Option<i64>| at.is_some_and(|at| time::now().timestamp() - at <= STEP_UP_SECONDS);
    let has_factor = principal.user.as_ref().is_some_and(|user| user.mfa);
    let (acr, detail) = match (proof, has_factor) {
        (Proof::Factor | Proof::FactorOrPassword, true) if !fresh(shown.factor_at) => (
            Some(ACR_SECOND_FACTOR),
            "this requires a second factor shown within the last five minutes: POST /v1/auth/mfa/verify",
        ),
        // Somebody who has just removed theirs has shown it first.
        (Proof::FactorOrPassword, false)
            if principal.user.is_some() && !fresh(shown.password_at) && !fresh(shown.factor_at) =>
        {
            (None, "this requires a sign-in with a password within the last five minutes: sign in again")
        }
        _ => return Ok(()),
    };
    Err(Error::StepUpRequired { detail: detail.into(), acr, max_age: STEP_UP_SECONDS })
}

/// What Redis knows of a session or key.
enum Found {
    Record(Box<Record>),
    Revoked,
    Nothing { may_store: bool },
}

struct Counted {
    found: Found,
    rate: Option<RateState>,
    /// 0 if the request may proceed.
    retry_seconds: u64,
}

/// One round trip for the record and three limits, of the caller, their address and their tenant, by Redis's clock.
///
/// KEYS: record, caller's number, address's number, tenant's number. ARGV: limits of caller and address (0: none), window in µs,
/// whether the caller is only counted if their record is there (1: they may have a limit of their own), limit of the tenant.
/// Returns `{state, record, allowed, limit, remaining, reset µs, retry µs, whether these are the tenant's}`; state 0: nothing, 1:
/// a record, 2: revoked, 3: changed. The arithmetic is that of `fundrail_kit::gcra`.
static ADMIT: Script = Script::new(include_str!("lua/admit.lua"));

/// Counts a request. `crowd` says that its sender is also counted by something else, by themselves or what they name: then their
/// address, which many may share, may send more. The two are counted separately, so that strangers at an address take nothing
/// from signed-in callers there.
async fn count(
    credential: Option<&Credential>,
    class: &'static str,
    address: Option<IpAddr>,
    crowd: bool,
) -> Result<Counted> {
    let limits = rates::limits().await?;
    let limit = limits.of(class);
    let network = address.map(client_address::network);
    let own = if credential.is_some() { limit } else { 0 };
    let shared = match (&network, crowd) {
        (None, _) => 0,
        (Some(_), false) => limit,
        (Some(_), true) => limit.saturating_mul(ADDRESS_FACTOR),
    };
    if credential.is_none() && shared == 0 {
        return Ok(Counted { found: Found::Nothing { may_store: false }, rate: None, retry_seconds: 0 });
    }
    let kind = match (credential, crowd) {
        (Some(_), _) => "members",
        (None, true) => "crowd",
        (None, false) => "address",
    };
    let address_key = format!("rate:{class}:{kind}:{}", network.as_deref().unwrap_or("unknown"));
    let (record_key, own_key) = credential.map_or_else(
        || ("session:none".to_owned(), "rate:none".to_owned()),
        |credential| (credential.record_key(), credential.rate_key(class)),
    );
    let waits = u64::from(matches!(credential, Some(Credential::ApiKey { .. })));
    let tenant = credential.and_then(Credential::tenant);
    let whole = tenant.and_then(|_| limits.of_tenant()).unwrap_or(0);
    let tenant_key = format!("rate:tenant:{}", tenant.map_or_else(Uuid::nil, |TenantId(id)| id));
    let arguments = vec![number(own), number(shared), number(WINDOW), number(waits), number(whole)];
    let keys = [record_key, own_key, address_key, tenant_key];
    match redis::script(&ADMIT, &keys, arguments).await {
        Ok(values) => read_answer(values, class),
        Err(Error::Unavailable { .. }) => {
            let [_, own_key, address_key, _] = &keys;
            let (key, limit) = if credential.is_some() { (own_key, limit) } else { (address_key, shared) };
            Ok(counted_here(key, class, limit))
        }
        Err(error) => Err(error),
    }
}

/// Counts a key whose record has just been read, against its own limit.
async fn count_key(credential: &Credential, class: &'static str, own: Option<u64>) -> Result<Counted> {
    let limit = rates::limits().await?.of(class);
    let limit = match own {
        Some(own) if limit == 0 => own,
        Some(own) => own.min(limit),
        None => limit,
    };
    count_own(&credential.rate_key(class), class, limit).await
}

/// Counts under one key only.
async fn count_own(key: &str, class: &'static str, limit: u64) -> Result<Counted> {
    let none = || "rate:none".to_owned();
    let keys = ["session:none".to_owned(), key.to_owned(), none(), none()];
    let arguments = vec![number(limit), number(0), number(WINDOW), number(0), number(0)];
    match redis::script(&ADMIT, &keys, arguments).await {
        Ok(values) => read_answer(values, class),
        Err(Error::Unavailable { .. }) => Ok(counted_here(&format!("{key}:own"), class, limit)),
        Err(error) => Err(error),
    }
}

fn number(n: u64) -> Argument {
    Argument::Int64(i64::try_from(n).unwrap_or(i64::MAX))
}

fn read_answer(values: Vec<Value>, class: &'static str) -> Result<Counted> {
    let wrong = || Error::internal("the admission script answered something else");
    let mut numbers = Vec::with_capacity(7);
    let mut record = Vec::new();
    for value in values {
        match value {
            Value::Int64(number) => numbers.push(u64::try_from(number).unwrap_or(0)),
            Value::Binary(bytes) => record = bytes,
            Value::Status(text) => record = text.into_bytes(),
            Value::Nil => return Err(wrong()),
        }
    }
    let [state, allowed, limit, remaining, reset, retry, of_tenant] =
        numbers.try_into().map_err(|_| wrong())?;
    let found = match state {
        1 => sessions::decode(&record)
            .map_or(Found::Nothing { may_store: true }, |record| Found::Record(Box::new(record))),
        2 => Found::Revoked,
        state => Found::Nothing { may_store: state == 0 },
    };
    let class = if of_tenant == 1 { TENANT } else { class };
    let rate = rate_state(class, limit, remaining, reset);
    Ok(Counted { found, rate, retry_seconds: if allowed == 1 { 0 } else { seconds(retry).max(1) } })
}

/// Redis is unavailable.
fn counted_here(key: &str, class: &'static str, limit: u64) -> Counted {
    let found = Found::Nothing { may_store: false };
    if limit == 0 {
        return Counted { found, rate: None, retry_seconds: 0 };
    }
    let verdict = rates::without_redis(key, class, limit);
    let rate = rate_state(class, limit, verdict.remaining, verdict.reset);
    Counted { found, rate, retry_seconds: if verdict.allowed { 0 } else { seconds(verdict.retry).max(1) } }
}

fn rate_state(class: &'static str, limit: u64, remaining: u64, reset: u64) -> Option<RateState> {
    (limit > 0).then(|| RateState {
        class,
        limit,
        window: WINDOW / 1_000_000,
        remaining,
        reset: seconds(reset),
    })
}

fn seconds(micros: u64) -> u64 {
    micros.div_ceil(1_000_000)
}

/// Reads the record from Postgres and puts it back into Redis.
async fn load(credential: &Credential, may_store: bool) -> Result<(Record, Option<Db>)> {
    let (db, record) = match credential {
        Credential::Token(claims) => {
            let db = Db::open(Identity { tenant: Some(claims.tenant), user: Some(claims.user) }).await?;
            let record = sessions::load_session(&db, claims.session).await?;
            (db, record)
        }
        Credential::ApiKey { hash } => {
            let db = Db::open(Identity::default()).await?;
            let record = sessions::load_api_key(&db, hash).await?;
            if let Some(record) = &record {
                db.act_for(Identity { tenant: Some(record.tenant.id), user: None }).await?;
            }
            (db, record)
        }
    };
    let record = record.ok_or_else(|| Error::unauthenticated("no such session or key, or it is over"))?;
    if may_store {
        sessions::store(&credential.record_key(), &record, time::now().timestamp()).await;
    }
    Ok((record, Some(db)))
}
