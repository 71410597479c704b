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

use fundrail_api::endpoint::{Access, Endpoint, Proof, Standing};
use fundrail_domain::{
    Error, Result,
    auth::{access_token::Claims, api_key},
    ids::{SessionId, TenantId},
};
use fundrail_platform::{
    Principal,
    db::{Db, Identity},
    guard::{self, Caller},
    rates::{self, Bearer, RateState},
    time,
};
use http::{header, request::Parts};

use crate::{
    authority,
    sessions::{self, Record},
    tokens,
};

/// The guard of every function.
#[derive(Debug, Clone, Copy)]
pub struct Guard;

impl guard::Guard for Guard {
    type Credential = Credential;

    async fn admit(
        head: &Parts,
        endpoint: &Endpoint,
        address: Option<IpAddr>,
        rate: &mut Option<RateState>,
    ) -> Result<Admission> {
        let class = endpoint.rate_class;
        let credential = match endpoint.access {
            Access::Public => None,
            Access::SignedIn | Access::Permission(_) => match identify(head).await {
                Ok(credential) => Some(credential),
                // Counted like one without any: by address.
                Err(error) => return Err(rates::count_refused(error, class, address, rate).await),
            },
        };
        let bearer = credential.as_ref().map(Credential::bearer);
        let crowd = credential.is_some() || endpoint.rate_subject.is_some();
        let counted = rates::count(bearer.as_ref(), class, address, crowd).await?;
        rate.clone_from(&counted.rate);
        counted.admit()?;
        let Some((credential, bearer)) = credential.zip(bearer) else { return Ok(Admission::of_anybody()) };
        let (record, db) = match found(counted.found)? {
            Found::Record(record) => (*record, None),
            Found::Nothing { may_store } => {
                let loaded = load(&credential, may_store).await?;
                if bearer.waits {
                    // Its own limit was not known when the request was counted.
                    let counted = rates::count_bearer(&bearer, class, loaded.0.rate).await?;
                    let admitted = counted.admit();
                    *rate = counted.rate.or(rate.take());
                    admitted?;
                }
                loaded
            }
        };
        if bearer.tenant.is_none() {
            rates::count_tenant(record.tenant.id, rate).await?;
            remember_tenant(&credential, &record);
        }
        let principal = let_in(&credential, record, endpoint)?;
        Ok(Admission { principal: Some(principal), db, credential: Some(credential) })
    }

    async fn ask_again(admission: Admission, endpoint: &Endpoint) -> Result<Admission> {
        let Admission { principal: Some(_), db, credential: Some(credential) } = admission else {
            return Ok(admission);
        };
        // One connection per request.
        drop(db);
        let (record, db) = load(&credential, false).await?;
        let principal = let_in(&credential, record, endpoint)?;
        Ok(Admission { principal: Some(principal), db, credential: Some(credential) })
    }

    async fn hold(caller: &Caller, db: &Db) -> Result<()> {
        authority::hold(caller, db).await
    }
}

type Admission = guard::Admission<Credential>;

/// Credentials presented by a caller.
pub enum Credential {
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

    /// How requests with it are counted. A person counts as one, whichever of their sessions they use.
    fn bearer(&self) -> Bearer {
        let (name, tenant) = match self {
            Self::Token(claims) => (format!("user:{}", claims.user), Some(claims.tenant)),
            // The key does not contain its tenant, so the first request with it in an instance is counted for that later.
            Self::ApiKey { hash } => {
                (format!("key:{hash}"), TENANT_OF_KEY.with_borrow(|known| known.get(hash).copied()))
            }
        };
        let waits = matches!(self, Self::ApiKey { .. });
        Bearer { record: self.record_key(), name, tenant, waits }
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

/// What Redis knows of a session or key.
enum Found {
    Record(Box<Record>),
    Nothing { may_store: bool },
}

fn found(found: rates::Found) -> Result<Found> {
    match found {
        // Another release's is as good as none.
        rates::Found::Record(bytes) => Ok(sessions::decode(&bytes)
            .map_or(Found::Nothing { may_store: true }, |record| Found::Record(Box::new(record)))),
        rates::Found::Revoked => Err(Error::unauthenticated("the session or key is revoked")),
        rates::Found::Nothing { may_store } => Ok(Found::Nothing { may_store }),
    }
}

/// Whether what is known of a session or key admits its bearer to a route.
fn let_in(credential: &Credential, record: Record, endpoint: &Endpoint) -> Result<Principal> {
    if record.expires_at <= time::now().timestamp() {
        return Err(Error::unauthenticated("the session or key has expired"));
    }
    if let Credential::Token(claims) = credential
        && (record.tenant.id, record.user.as_ref().map(|user| user.id)) != (claims.tenant, Some(claims.user))
    {
        return Err(Error::unauthenticated("the token names another tenant or user than its session"));
    }
    let shown = Shown { factor_at: record.mfa_at, password_at: record.authenticated_at };
    let factor_missing = record.factor_missing;
    let session = match credential {
        Credential::Token(claims) => Some(claims.session),
        Credential::ApiKey { .. } => None,
    };
    let principal = principal(record, session);
    require_access(endpoint.access, &principal.permissions)?;
    if factor_missing && endpoint.standing.factor {
        return Err(Error::NotReady { code: "mfa_required", detail: NO_FACTOR_BEHIND_KEY.into() });
    }
    check_standing(&principal, endpoint.standing, shown)?;
    check_proof(&principal, endpoint.proof, shown)?;
    Ok(principal)
}

fn principal(record: Record, session_id: Option<SessionId>) -> Principal {
    Principal {
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

/// Refuses a caller who lacks the route's permission.
pub(crate) fn require_access(access: Access, permissions: &BTreeSet<String>) -> Result<()> {
    match access {
        Access::Permission(permission) if !permissions.contains(permission) => {
            Err(Error::Forbidden { permission: permission.into() })
        }
        _ => Ok(()),
    }
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

/// Why an API key does not hold for now.
const NO_FACTOR_BEHIND_KEY: &str = "this tenant requires a second factor of every member, and the member who is responsible for \
    this API key has none: they must enrol one, or a member who has one must take the key over";

/// Whether a user has done what a route requires of them once. Machines have neither an address nor a second factor; what is
/// required of the member behind a key is known of the key.
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
