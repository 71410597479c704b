//! What a fresh instance costs.
//!
//! An instance that nobody needs for a second is dropped, here as on stock Spin. So each component is left alone for
//! longer than that and then asked for a path that it does not have, which it answers without any I/O, twice: the first
//! answer pays for the instance, the second shows what the request costs without.

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde::Serialize;

use crate::{
    cases::request,
    load::{Client, next_number},
    stack::{Server, say},
    statistics::median,
};

/// Longer than an instance is kept.
const PAUSE: Duration = Duration::from_millis(1_300);
/// Fresh instances of each component.
const TRIES: usize = 15;

/// A path of each component that leads to no route of it.
const PATHS: [(&str, &str); 6] = [
    ("bench-empty", "/empty"),
    ("auth", "/v1/auth/nothing/here"),
    ("fund-listing", "/v1/funds/nothing/here"),
    ("price-fetch", "/v1/prices/nothing/here"),
    ("compliance-check", "/v1/compliance/nothing/here"),
    ("escrow-webhook", "/v1/webhooks/chain/nothing/here"),
];

/// The cold start of one component.
#[derive(Debug, Serialize)]
pub(crate) struct ColdStart {
    component: &'static str,
    /// Median of the first requests to fresh instances, in milliseconds.
    first_ms: f64,
    /// Median of the requests right after them.
    second_ms: f64,
}

/// Measures and prints all of them.
pub(crate) fn measure(host: &Server) -> anyhow::Result<Vec<ColdStart>> {
    say("\nfresh instances (first request after a pause, the one after it)");
    let mut samples: Vec<[Vec<f64>; 2]> = PATHS.iter().map(|_| [Vec::new(), Vec::new()]).collect();
    let mut client = Client::new(host.address)?;
    for _ in 0..TRIES {
        std::thread::sleep(PAUSE);
        // Wakes connection, core and kernel, which is not what this is about.
        client.send(request(Method::GET, "/.well-known/spin/health", None, Bytes::new()))?;
        for ((_, path), samples) in PATHS.iter().zip(&mut samples) {
            for sample in samples {
                let path = format!("{path}?{}", next_number());
                let answer = client.send(request(Method::GET, &path, None, Bytes::new()))?;
                anyhow::ensure!(!answer.status.is_server_error(), "{path} answered {}", answer.status);
                sample.push(answer.took.as_secs_f64() * 1_000.0);
            }
        }
    }
    let medians = |samples: &[Vec<f64>; 2]| samples.each_ref().map(|sample| median(sample));
    let results = PATHS.iter().zip(&samples).map(|((component, _), samples)| {
        let [first_ms, second_ms] = medians(samples);
        say(&format!("{component:<18} {first_ms:>7.2} ms  {second_ms:>7.2} ms"));
        ColdStart { component, first_ms, second_ms }
    });
    Ok(results.collect())
}
