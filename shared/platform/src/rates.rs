//! Rate limits: how many requests per minute a class of routes accepts, and what an instance does when Redis is unavailable.

mod count;

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use fundrail_domain::Result;
use fundrail_kit::gcra::{self, Limit, Verdict};

use crate::{
    config::{self, Kept},
    time,
};

pub(crate) use count::count_subject;
pub use count::{Bearer, Counted, Found, count, count_bearer, count_refused, count_tenant};

/// Length of every limit's window in microseconds.
const WINDOW: u64 = 60_000_000;

/// How much more than a single caller may come from one address: an office has one address and many people.
const ADDRESS_FACTOR: u64 = 10;

/// The limit of a whole tenant: all of its members and keys together, whatever routes they call.
const TENANT: &str = "tenant";

/// Classes through which somebody could guess. Without Redis an instance allows a tenth of their limit, since every instance
/// counts for itself; the lock-out, which is in Postgres, continues regardless.
const STRICT: &[&str] = &["login", "register", "password", "refresh", "mfa"];

/// Number of callers that an instance counts while Redis is unavailable.
const COUNTED: usize = 4096;

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

/// Requests per minute by class; 0 means no limit.
pub struct Limits(BTreeMap<String, u64>);

impl Limits {
    /// Reads `class=limit,…`. A class that is not listed has the limit of `default`, except `tenant`, which then has none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut limits = BTreeMap::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let parsed =
                entry.split_once('=').and_then(|(class, limit)| Some((class, limit.parse::<u64>().ok()?)));
            let (class, limit) = parsed.ok_or("must have the form class=limit,…")?;
            if limit > WINDOW {
                return Err(format!("allows more than {WINDOW} a minute"));
            }
            limits.insert(class.to_owned(), limit);
        }
        if limits.contains_key("default") { Ok(Self(limits)) } else { Err("has no class default".to_owned()) }
    }

    /// Requests per minute of a whole tenant; none if the variable does not list it.
    pub fn of_tenant(&self) -> Option<u64> {
        self.0.get(TENANT).copied().filter(|limit| *limit > 0)
    }

    /// The limit of a class.
    pub fn of(&self, class: &str) -> u64 {
        self.0.get(class).or_else(|| self.0.get("default")).copied().unwrap_or(0)
    }
}

thread_local! {
    static LIMITS: Kept<Limits> = const { Kept::new("rate_limits", Limits::parse) };
    static ARRIVALS: RefCell<HashMap<String, u64>> = RefCell::new(HashMap::new());
}

/// The limits of this deployment.
pub async fn limits() -> Result<Rc<Limits>> {
    config::kept(&LIMITS).await
}

/// Counts a request in this instance only.
fn without_redis(key: &str, class: &str, limit: u64) -> Verdict {
    let requests = if STRICT.contains(&class) { (limit / 10).max(1) } else { limit };
    let now = u64::try_from(time::now().timestamp_micros()).unwrap_or(0);
    ARRIVALS.with_borrow_mut(|arrivals| {
        if arrivals.len() >= COUNTED {
            arrivals.clear();
        }
        let arrival = arrivals.entry(key.to_owned()).or_default();
        let (verdict, next) = gcra::decide(Limit { requests, window: WINDOW }, *arrival, now);
        *arrival = next;
        verdict
    })
}
