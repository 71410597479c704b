//! Counting a request: the caller, their address and their tenant, in one round trip that also reads the caller's record.

use std::net::IpAddr;

use fundrail_api::endpoint::Endpoint;
use fundrail_domain::{Error, Result, ids::TenantId};
use fundrail_kit::{client_address, digest};
use uuid::Uuid;

use super::{ADDRESS_FACTOR, RateState, TENANT, WINDOW, limits, without_redis};
use crate::redis::{self, Argument, Script, Value};

/// A caller as they are counted, before anything is known but what they have presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Key of their record ([`crate::records`]).
    pub record: String,
    /// What they are counted under, together with the class: `user:{id}` or `key:{hash}`.
    pub name: String,
    /// Their tenant, if it is known yet.
    pub tenant: Option<TenantId>,
    /// They are only counted if their record is there: it may name a limit of their own.
    pub waits: bool,
}

impl Bearer {
    fn key(&self, class: &str) -> String {
        format!("rate:{class}:{}", self.name)
    }
}

/// What Redis knows of a bearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Their record.
    Record(Vec<u8>),
    /// It has been revoked.
    Revoked,
    /// Nothing.
    Nothing {
        /// Whether a record may be stored: nothing says that it has just changed.
        may_store: bool,
    },
}

/// A counted request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// What Redis knows of the bearer.
    pub found: Found,
    /// What is left of the limit that comes closest; none if there is no limit.
    pub rate: Option<RateState>,
    /// 0 if the request may proceed.
    pub retry_seconds: u64,
}

impl Counted {
    /// Refuses a request that is one too many.
    ///
    /// # Errors
    /// [`Error::TooSoon`].
    pub fn admit(&self) -> Result<()> {
        match self.retry_seconds {
            0 => Ok(()),
            retry_after => Err(Error::TooSoon { retry_after }),
        }
    }
}

/// One round trip for the record and three limits, of the caller, their address and their tenant, by Redis's clock.
///
/// KEYS: record, caller's number, address's number, tenant's number. ARGV: limits of caller and address (0: none), window in µs,
/// whether the caller is only counted if their record is there (1: they may have a limit of their own), limit of the tenant.
/// Returns `{state, record, allowed, limit, remaining, reset µs, retry µs, whether these are the tenant's}`; state 0: nothing, 1:
/// a record, 2: revoked, 3: changed. The arithmetic is that of `fundrail_kit::gcra`.
static ADMIT: Script = Script::new(include_str!("../lua/admit.lua"));

/// Counts a request. `crowd` says that its sender is also counted by something else, by themselves or what they name: then their
/// address, which many may share, may send more. The two are counted separately, so that strangers at an address take nothing
/// from signed-in callers there.
pub async fn count(
    bearer: Option<&Bearer>,
    class: &'static str,
    address: Option<IpAddr>,
    crowd: bool,
) -> Result<Counted> {
    let limits = limits().await?;
    let limit = limits.of(class);
    let network = address.map(client_address::network);
    let own = if bearer.is_some() { limit } else { 0 };
    let shared = match (&network, crowd) {
        (None, _) => 0,
        (Some(_), false) => limit,
        (Some(_), true) => limit.saturating_mul(ADDRESS_FACTOR),
    };
    if bearer.is_none() && shared == 0 {
        return Ok(Counted { found: Found::Nothing { may_store: false }, rate: None, retry_seconds: 0 });
    }
    let kind = match (bearer, crowd) {
        (Some(_), _) => "members",
        (None, true) => "crowd",
        (None, false) => "address",
    };
    let address_key = format!("rate:{class}:{kind}:{}", network.as_deref().unwrap_or("unknown"));
    let (record_key, own_key) = bearer.map_or_else(
        || ("session:none".to_owned(), "rate:none".to_owned()),
        |bearer| (bearer.record.clone(), bearer.key(class)),
    );
    let waits = u64::from(bearer.is_some_and(|bearer| bearer.waits));
    let tenant = bearer.and_then(|bearer| bearer.tenant);
    let whole = tenant.and_then(|_| limits.of_tenant()).unwrap_or(0);
    let tenant_key = format!("rate:tenant:{}", tenant.map_or_else(Uuid::nil, |TenantId(id)| id));
    let arguments = vec![number(own), number(shared), number(WINDOW), number(waits), number(whole)];
    let keys = [record_key, own_key, address_key, tenant_key];
    match redis::script(&ADMIT, &keys, arguments).await {
        Ok(values) => read_answer(values, class),
        Err(Error::Unavailable { .. }) => {
            let [_, own_key, address_key, _] = &keys;
            let (key, limit) = if bearer.is_some() { (own_key, limit) } else { (address_key, shared) };
            Ok(counted_here(key, class, limit))
        }
        Err(error) => Err(error),
    }
}

/// Counts a bearer whose record has just been read, against the limit of their own that it names, if it does.
pub async fn count_bearer(bearer: &Bearer, class: &'static str, own: Option<u64>) -> Result<Counted> {
    let limit = limits().await?.of(class);
    let limit = match own {
        Some(own) if limit == 0 => own,
        Some(own) => own.min(limit),
        None => limit,
    };
    count_own(&bearer.key(class), class, limit).await
}

/// Counts a request that is refused anyway, by address, since its sender has shown nothing that is valid; returns the error for
/// them.
pub async fn count_refused<E: From<Error>>(
    error: E,
    class: &'static str,
    address: Option<IpAddr>,
    rate: &mut Option<RateState>,
) -> E {
    match count(None, class, address, false).await {
        Ok(counted) => {
            let refused = counted.admit();
            *rate = counted.rate;
            refused.err().map_or(error, E::from)
        }
        Err(_) => error,
    }
}

/// Counts what the body of a request names, an account or a token, at the address that it comes from. Anything wrong with the
/// body is up to the handler.
pub(crate) async fn count_subject(
    endpoint: &Endpoint,
    body: &[u8],
    address: Option<IpAddr>,
    rate: &mut Option<RateState>,
) -> Result<()> {
    let Some(field) = endpoint.rate_subject else { return Ok(()) };
    let limit = limits().await?.of(endpoint.rate_class);
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(subject) = json.get(field).and_then(serde_json::Value::as_str) else { return Ok(()) };
    if limit == 0 {
        return Ok(());
    }
    let network = address.map_or_else(|| "unknown".to_owned(), client_address::network);
    // A hash, so that no list of attempted accounts is kept.
    let subject = digest::sha256_hex(format!("{}\n{network}", subject.trim().to_lowercase()));
    let key = format!("rate:{}:subject:{subject}", endpoint.rate_class);
    let counted = count_own(&key, endpoint.rate_class, limit).await?;
    let stricter = match (&counted.rate, rate.as_ref()) {
        (Some(own), Some(shared)) => own.remaining <= shared.remaining,
        (own, _) => own.is_some(),
    };
    let admitted = counted.admit();
    if stricter || admitted.is_err() {
        *rate = counted.rate;
    }
    admitted
}

/// Counts a request for a tenant that was not known when it was counted for its sender. Not without Redis: then no request is.
///
/// # Errors
/// [`Error::TooSoon`] if it is one too many.
pub async fn count_tenant(TenantId(id): TenantId, rate: &mut Option<RateState>) -> Result<()> {
    let Some(limit) = limits().await?.of_tenant() else { return Ok(()) };
    let none = || "rate:none".to_owned();
    let keys = ["session:none".to_owned(), format!("rate:tenant:{id}"), none(), none()];
    let arguments = vec![number(limit), number(0), number(WINDOW), number(0), number(0)];
    let counted = match redis::script(&ADMIT, &keys, arguments).await {
        Ok(values) => read_answer(values, TENANT)?,
        Err(Error::Unavailable { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    let admitted = counted.admit();
    if admitted.is_err() {
        *rate = counted.rate;
    }
    admitted
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
        1 => Found::Record(record),
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
    let verdict = without_redis(key, class, limit);
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
