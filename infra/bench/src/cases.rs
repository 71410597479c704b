//! What is measured: a request each, and what it should come to.

use std::sync::Arc;

use anyhow::anyhow;
use bytes::Bytes;
use fundrail_kit::webhook::Secrets;
use http_body_util::Full;
use hyper::{
    Method, Request,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName},
};
use serde_json::json;

use crate::{
    api::{self, Account},
    database::Database,
    load::{Answer, Client, MakeRequest, Outgoing},
};

/// Assets of the uncached case. More than both sides together ask for within the 30 s that a price stays cached, so that
/// none is asked for again before its entry has expired. Were it not so, the hits would void the run.
const COLD_ASSETS: u64 = 300_000;

/// What a cached route has to say of its cache in every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    /// The route has none.
    None,
    /// Hits, but for the few requests that come while an entry is renewed.
    Hits,
    /// Never a hit.
    Misses,
}

/// One measured route.
pub(crate) struct Case {
    /// What it is called, in tables and for `--only`.
    pub name: &'static str,
    /// What host over native should be at least.
    pub target: Option<f64>,
    /// What its cache has to do.
    pub cache: Cache,
    /// Whether a repeated request is answered otherwise than the first.
    pub once: bool,
    /// Makes its requests.
    pub make: fn(&Setup) -> MakeRequest,
}

/// Every case, in the order of the table.
pub(crate) const CASES: [Case; 6] = [
    Case { name: "empty", target: Some(0.33), cache: Cache::None, once: false, make: empty },
    Case { name: "me", target: Some(0.25), cache: Cache::None, once: false, make: me },
    Case { name: "price-cached", target: Some(0.22), cache: Cache::Hits, once: false, make: cached_price },
    Case { name: "price-uncached", target: None, cache: Cache::Misses, once: false, make: uncached_price },
    Case { name: "fund-list", target: None, cache: Cache::Hits, once: false, make: fund_list },
    Case { name: "webhook", target: None, cache: Cache::None, once: true, make: webhook },
];

/// What requests are made of.
pub(crate) struct Setup {
    account: Account,
    secrets: Arc<Secrets>,
    /// Good for ten minutes.
    token: Arc<str>,
}

impl Setup {
    /// Registers an account; puts in the assets of the uncached case when that is to come.
    pub(crate) fn new(client: &mut Client, database: &Database, cold: bool) -> anyhow::Result<Self> {
        let account = api::register(client)?;
        let token = api::access_token(client, &account)?.into();
        if cold {
            database.administer(&cold_assets())?;
        }
        Ok(Self { account, secrets: Arc::new(database.webhook_secrets()?), token })
    }

    /// Signs in anew, and lets the host see the new session: the twin only knows those that are in Redis.
    pub(crate) fn renew(&mut self, client: &mut Client) -> anyhow::Result<()> {
        self.token = api::access_token(client, &self.account)?.into();
        client.send(request(Method::GET, "/v1/auth/me", Some(&self.token), Bytes::new()))?.success("me")?;
        Ok(())
    }

    fn get(&self, path: &'static str) -> MakeRequest {
        let token = Arc::clone(&self.token);
        Arc::new(move |_| request(Method::GET, path, Some(&token), Bytes::new()))
    }
}

fn empty(_: &Setup) -> MakeRequest {
    Arc::new(|_| request(Method::GET, "/empty", None, Bytes::new()))
}

fn me(setup: &Setup) -> MakeRequest {
    setup.get("/v1/auth/me")
}

fn cached_price(setup: &Setup) -> MakeRequest {
    setup.get("/v1/prices/ETH")
}

fn uncached_price(setup: &Setup) -> MakeRequest {
    let token = Arc::clone(&setup.token);
    Arc::new(move |number| {
        let path = format!("/v1/prices/COLD-{}", number % COLD_ASSETS);
        request(Method::GET, &path, Some(&token), Bytes::new())
    })
}

fn fund_list(setup: &Setup) -> MakeRequest {
    setup.get("/v1/funds")
}

/// The assets of the uncached case, each with a price, as copies of a seeded one's.
fn cold_assets() -> String {
    format!(
        "insert into asset (id, symbol, name, asset_class, currency)
         select gen_random_uuid(), 'COLD-' || n, 'Cold', 'coin', 'USD' from generate_series(0, {COLD_ASSETS} - 1) n;
         insert into price_tick (asset_id, as_of, source, price)
         select id, now(), 'demonstration', 12.34 from asset where symbol like 'COLD-%';
         analyze asset; analyze price_tick"
    )
}

/// A log of no contract that anybody knows, in a block of its own, signed: it is stored, and that is all.
fn webhook(setup: &Setup) -> MakeRequest {
    let secrets = Arc::clone(&setup.secrets);
    Arc::new(move |number| {
        let word = |number: u64| format!("0x{number:064x}");
        let body = json!({ "type": "chain.log", "data": {
            "chain_id": 31_337,
            "block_number": number,
            "block_hash": word(number),
            "transaction_hash": word(number),
            "log_index": 0,
            "address": "0x00000000000000000000000000000000000be9c4",
            "topics": [word(1)],
            "data": "0x",
            "removed": false,
        } });
        let body = Bytes::from(body.to_string());
        let (id, at) = (format!("msg_bench_{number}"), chrono::Utc::now().timestamp());
        let signature = secrets.sign(&id, at, &body).unwrap_or_default();
        let mut request = request(Method::POST, "/v1/webhooks/chain/standard", None, body);
        set(&mut request, CONTENT_TYPE, "application/json");
        set(&mut request, HeaderName::from_static("webhook-id"), &id);
        set(&mut request, HeaderName::from_static("webhook-timestamp"), &at.to_string());
        set(&mut request, HeaderName::from_static("webhook-signature"), &signature);
        request
    })
}

/// A request with the token when there is one.
pub(crate) fn request(method: Method, path: &str, token: Option<&str>, body: Bytes) -> Outgoing {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    if let Ok(uri) = path.parse() {
        *request.uri_mut() = uri;
    }
    set(&mut request, HOST, "127.0.0.1");
    if let Some(token) = token {
        set(&mut request, AUTHORIZATION, &format!("Bearer {token}"));
    }
    request
}

fn set(request: &mut Outgoing, name: HeaderName, value: &str) {
    if let Ok(value) = value.parse() {
        request.headers_mut().insert(name, value);
    }
}

/// What has to be equal on both sides: status, headers that belong to the answer, and the body.
///
/// # Errors
/// When a body that has to be JSON is not.
pub(crate) fn comparable(answer: &Answer) -> anyhow::Result<String> {
    let header = |name: &str| {
        let value =
            answer.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        format!("{name}: {}", value.unwrap_or_default())
    };
    let headers = ["content-type", "cache-control", "x-content-type-options", "ratelimit-policy"].map(header);
    let body = std::str::from_utf8(&answer.body).map_err(|_| anyhow!("a body is not text"))?;
    // The age of a price is worked out for every answer: it is the one field that time alone changes.
    let body = mask_numbers(body, "\"age_ms\":");
    Ok(format!("{}\n{}\n\n{body}", answer.status, headers.join("\n")))
}

/// Blots out the number behind a text, wherever it stands.
fn mask_numbers(text: &str, before: &str) -> String {
    let mut parts = text.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(before);
        out.push('…');
        out.push_str(part.trim_start_matches(|character: char| character.is_ascii_digit()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_age_is_masked() {
        let text = r#"{"age_ms":12,"price":"1","x":[{"age_ms":3}]}"#;
        let masked = r#"{"age_ms":…,"price":"1","x":[{"age_ms":…}]}"#;
        assert_eq!(mask_numbers(text, "\"age_ms\":"), masked);
    }
}
