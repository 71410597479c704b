//! The guard, as `fundrail_identity::guard` has it when everything is warm: the token is verified without I/O, then one
//! script, the platform's own, answers with the session's record and counts the request.
//!
//! A cold session is loaded by the host alone: the benchmark asks it first.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail, ensure};
use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_compact::{PublicKey, Signature};
use fundrail_domain::{
    auth::access_token::{self, Claims},
    ids::{TenantId, UserId},
};
use fundrail_kit::client_address;
use fundrail_store::identity::signing_keys::published_keys;
use redis::{Script, Value, aio::MultiplexedConnection};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    app::{Domain, Principal, Shared},
    cache::Keys,
    config::variable,
    redis as store,
    reply::{Seen, now},
};

const ADMIT: &str = include_str!("../../../../shared/platform/src/lua/admit.lua");

/// As in the platform: how long a process keeps the published keys, and Redis does.
const KEYS_KEPT: Duration = Duration::from_secs(20);
const KEYS_CACHED: Duration = Duration::from_secs(25);
/// As in the platform: verified tokens that are remembered.
const REMEMBERED: usize = 256;
/// As in the platform: the window of every limit, and how much more an address may send than a caller.
const WINDOW: u64 = 60_000_000;
const ADDRESS_FACTOR: u64 = 10;

/// What a session stands for, as Redis has it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Record {
    /// The person.
    pub user: Option<User>,
    /// The tenant.
    pub tenant: Tenant,
    /// Roles in the tenant.
    pub roles: Vec<String>,
    /// What they allow.
    pub permissions: BTreeSet<String>,
    expires_at: i64,
}

/// A person.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct User {
    pub id: UserId,
    pub email: String,
    pub email_verified: bool,
    pub mfa: bool,
}

/// A tenant.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Tenant {
    pub id: TenantId,
    pub name: String,
    pub kind: String,
    pub mfa_required: bool,
}

/// A key that verifies.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct PublishedKey {
    kid: String,
    public_key: String,
}

/// The keys, and until when they are kept.
type KeptKeys = Option<(Instant, Arc<Vec<PublishedKey>>)>;

/// What the guard keeps.
pub(crate) struct Guard {
    redis: MultiplexedConnection,
    admit: Script,
    issuer: String,
    audience: String,
    limits: HashMap<String, u64>,
    keys: RwLock<KeptKeys>,
    verified: RwLock<HashMap<[u8; 32], Claims>>,
}

impl Guard {
    /// Reads the variables of the components.
    pub(crate) fn new(redis: MultiplexedConnection) -> anyhow::Result<Self> {
        let limits = variable("rate_limits")?;
        let limits = limits.split(',').map(|entry| {
            let (class, limit) =
                entry.trim().split_once('=').context("`rate_limits` is not class=limit,…")?;
            Ok((class.to_owned(), limit.parse()?))
        });
        Ok(Self {
            redis,
            admit: Script::new(ADMIT),
            issuer: variable("token_issuer")?,
            audience: variable("token_audience")?,
            limits: limits.collect::<anyhow::Result<_>>()?,
            keys: RwLock::new(None),
            verified: RwLock::new(HashMap::new()),
        })
    }

    /// Lets a signed-in request in.
    pub(crate) async fn admit(
        &self,
        app: &Shared,
        headers: &HeaderMap,
        seen: &mut Seen,
        permission: Option<&str>,
    ) -> anyhow::Result<Principal> {
        let claims = self.verify(app, bearer(headers)?).await?;
        let (session, user) = (claims.session, claims.user);
        let keys = [
            format!("session:{session}"),
            format!("rate:default:user:{user}"),
            address_key("default", seen),
            format!("rate:tenant:{}", claims.tenant),
        ];
        let limit = self.limit("default")?;
        let whole = self.limits.get("tenant").copied().unwrap_or(0);
        let record = self.count("default", &keys, [limit, limit * ADDRESS_FACTOR, whole], seen).await?;
        let record = record.context("the session is not in Redis: the host has not seen it yet")?;
        ensure!(record.expires_at > now().timestamp(), "the session has expired");
        ensure!(record.tenant.id == claims.tenant, "the token names another tenant than its session");
        ensure!(
            permission.is_none_or(|wanted| record.permissions.contains(wanted)),
            "{permission:?} is missing"
        );
        seen.tenant = Some(record.tenant.id.to_string());
        seen.user = record.user.as_ref().map(|user| user.id.to_string());
        Ok(Principal { session, record })
    }

    /// Counts a request of nobody in particular.
    pub(crate) async fn admit_anyone(&self, class: &'static str, seen: &mut Seen) -> anyhow::Result<()> {
        let none = || "rate:none".to_owned();
        let keys = ["session:none".to_owned(), none(), address_key(class, seen), none()];
        self.count(class, &keys, [0, self.limit(class)?, 0], seen).await.map(drop)
    }

    fn limit(&self, class: &str) -> anyhow::Result<u64> {
        let limit = self.limits.get(class).or_else(|| self.limits.get("default"));
        limit.copied().context("`rate_limits` has no default")
    }

    async fn count(
        &self,
        class: &'static str,
        keys: &[String; 4],
        [own, shared, whole]: [u64; 3],
        seen: &mut Seen,
    ) -> anyhow::Result<Option<Record>> {
        let numbers = [own, shared, WINDOW, 0, whole].map(|number| number.to_string());
        let arguments = numbers.each_ref().map(String::as_bytes);
        let answer = store::run(&self.redis, &self.admit, keys, &arguments).await?;
        let [Value::Int(state), record, Value::Int(allowed), Value::Int(limit), after @ ..] =
            answer.as_slice()
        else {
            bail!("the admission script answered something else");
        };
        let [Value::Int(remaining), Value::Int(micros), Value::Int(_), Value::Int(_)] = after else {
            bail!("the admission script answered something else");
        };
        ensure!(*allowed == 1, "too many requests");
        let (seconds, window) = (u64::try_from(*micros)?.div_ceil(1_000_000), WINDOW / 1_000_000);
        seen.rate = Some([
            format!("\"{class}\";r={remaining};t={seconds}"),
            format!("\"{class}\";q={limit};w={window}"),
        ]);
        let record = store::bytes(record).filter(|_| *state == 1);
        record.map(decode).transpose()
    }

    /// What a token says, if it is one of ours.
    async fn verify(&self, app: &Shared, token: &str) -> anyhow::Result<Claims> {
        let now = now().timestamp();
        let digest: [u8; 32] = Sha256::digest(token).into();
        let parts = access_token::split(token).map_err(|wrong| anyhow!(wrong))?;
        let mut keys = self.published(app).await?;
        if !keys.iter().any(|key| key.kid == parts.kid) {
            // It may be newer than what is cached, as in the platform.
            keys = self.keep(self.load_keys(app).await?);
        }
        let key = keys.iter().find(|key| key.kid == parts.kid).context("unknown key")?;
        let known = self.verified.read().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned();
        if let Some(claims) = known {
            access_token::check_expiry(claims.expires_at, now).map_err(|wrong| anyhow!(wrong))?;
            return Ok(claims);
        }
        let refused = |wrong: ed25519_compact::Error| anyhow!("the signature does not hold: {wrong:?}");
        let public = PublicKey::from_slice(&URL_SAFE_NO_PAD.decode(&key.public_key)?).map_err(refused)?;
        public.verify(parts.signed, &Signature::new(parts.signature)).map_err(refused)?;
        let claims = access_token::check(&parts.payload, &self.issuer, &self.audience, now);
        let claims = claims.map_err(|wrong| anyhow!(wrong))?;
        let mut verified = self.verified.write().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        verified.insert(digest, claims.clone());
        Ok(claims)
    }

    async fn published(&self, app: &Shared) -> anyhow::Result<Arc<Vec<PublishedKey>>> {
        let kept = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((until, keys)) = kept
            && Instant::now() < until
        {
            return Ok(keys);
        }
        let load = self.load_keys(app);
        let (keys, _) = app.cache.read_through(&Keys::shared("signing-keys"), KEYS_CACHED, load).await?;
        Ok(self.keep(keys))
    }

    fn keep(&self, keys: Vec<PublishedKey>) -> Arc<Vec<PublishedKey>> {
        let keys = Arc::new(keys);
        let kept = Some((Instant::now() + KEYS_KEPT, Arc::clone(&keys)));
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = kept;
        keys
    }

    async fn load_keys(&self, app: &Shared) -> anyhow::Result<Vec<PublishedKey>> {
        let keys = published_keys(&app.anonymous_db(Domain::Prices).await?).await?.into_iter();
        Ok(keys.map(|key| PublishedKey { kid: key.kid, public_key: key.public_key }).collect())
    }
}

fn bearer(headers: &HeaderMap) -> anyhow::Result<&str> {
    let value = headers.get(header::AUTHORIZATION).context("no Authorization header")?.to_str()?;
    let (scheme, token) = value.split_once(' ').context("the Authorization header is not Bearer")?;
    ensure!(scheme.eq_ignore_ascii_case("bearer"), "the Authorization header is not Bearer");
    Ok(token.trim())
}

/// The number of the caller's address.
fn address_key(class: &str, seen: &Seen) -> String {
    format!("rate:{class}:address:{}", client_address::network(seen.address()))
}

/// A record as the platform writes it: the own limit, a bar, then JSON.
fn decode(bytes: &[u8]) -> anyhow::Result<Record> {
    let at = bytes.iter().position(|byte| *byte == b'|').context("the record has no own limit")?;
    Ok(serde_json::from_slice(bytes.get(at + 1..).unwrap_or_default())?)
}
