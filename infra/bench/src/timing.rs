//! Whether sign-in tells accounts that exist from those that do not: by its time, its text or its headers.
//!
//! A wrong password is tried on an account that exists and on ones that do not, in random order, one at a time, and the
//! two samples are compared by Welch's t-test (means) and the Mann–Whitney U test (ranks). Failures are forgotten
//! before every try, so that what is timed is the checking of a password and not the lock-out; that the lock-out treats
//! both alike is looked at in the end.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use serde::Serialize;

use crate::{
    api,
    cli::Timing,
    database::Database,
    load::{Answer, Client},
    stack::{Paths, Server, say},
    statistics::{mann_whitney_z, median, two_sided_p, welch_t},
    work,
};

/// Below this probability of a coincidence the samples are held to differ.
const ALPHA: f64 = 0.001;
/// Failures in a row that show the lock-out.
const LOCK_OUT_TRIES: usize = 15;
/// Headers that differ from answer to answer, whoever asks.
const OWN_HEADERS: [&str; 4] = ["date", "x-request-id", "ratelimit", "retry-after"];

/// What came out.
#[derive(Debug, Serialize)]
struct Outcome {
    tries: usize,
    known_median_ms: f64,
    unknown_median_ms: f64,
    welch_t: f64,
    welch_p: f64,
    mann_whitney_z: f64,
    mann_whitney_p: f64,
}

/// Runs the measurement.
///
/// # Errors
/// When the two can be told apart.
pub(crate) fn run(options: &Timing) -> anyhow::Result<()> {
    ensure!(options.tries >= 30, "fewer than 30 tries say nothing");
    let paths = Paths::find()?;
    let database = Database::create(&paths.root)?;
    work::forget_cached(&database)?;
    let host = Server::host(&paths, &paths.write_manifest()?, &database.variables)?;
    let mut client = Client::new(host.address)?;
    let account = api::register(&mut client)?;
    say(&format!(
        "{} wrong passwords each, for an account that exists and for ones that do not",
        options.tries
    ));
    let (known, unknown) = sample(options.tries, &mut client, &database, &account.email)?;
    let (t, z) = (welch_t(&known, &unknown), mann_whitney_z(&known, &unknown));
    let outcome = Outcome {
        tries: options.tries,
        known_median_ms: median(&known),
        unknown_median_ms: median(&unknown),
        welch_t: t,
        welch_p: two_sided_p(t),
        mann_whitney_z: z,
        mann_whitney_p: two_sided_p(z),
    };
    say(&format!(
        "median: {:.3} ms known, {:.3} ms unknown",
        outcome.known_median_ms, outcome.unknown_median_ms
    ));
    say(&format!(
        "Welch's t = {t:.2} (p = {:.3}), Mann-Whitney z = {z:.2} (p = {:.3})",
        outcome.welch_p, outcome.mann_whitney_p
    ));
    std::fs::write(paths.out.join("timing.json"), serde_json::to_string_pretty(&outcome)?)?;
    compare_lock_out(&mut client, &database, &account.email)?;
    if outcome.welch_p < ALPHA || outcome.mann_whitney_p < ALPHA {
        bail!("the time tells whether an account exists (p < {ALPHA})");
    }
    say("neither time, text, headers nor lock-out tell whether an account exists");
    Ok(())
}

/// Milliseconds of every try, known and unknown accounts apart; their answers have to be equal.
fn sample(
    tries: usize,
    client: &mut Client,
    database: &Database,
    known: &str,
) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let mut samples = (Vec::with_capacity(tries), Vec::with_capacity(tries));
    let mut coin = Coin::new()?;
    let mut expected = None;
    for pair in 0..tries {
        let unknown = api::some_email();
        let mut order = [(known, true), (unknown.as_str(), false)];
        if coin.flip()? {
            order.reverse();
        }
        for (email, is_known) in order {
            database.administer(FORGET_FAILURES)?;
            let answer = api::log_in(client, email, "not the password of anyone")?;
            ensure!(answer.status == 401, "a wrong password was answered with {}", answer.status);
            let face = Face::of(&answer)?;
            let expected = expected.get_or_insert_with(|| face.clone());
            ensure!(*expected == face, "answers differ:\n  {expected:?}\n  {face:?}");
            let milliseconds = answer.took.as_secs_f64() * 1_000.0;
            if is_known { samples.0.push(milliseconds) } else { samples.1.push(milliseconds) }
        }
        if (pair + 1) % 100 == 0 {
            say(&format!("{} of {tries}", pair + 1));
        }
    }
    Ok(samples)
}

const FORGET_FAILURES: &str = "delete from sign_in_failure";

/// Failures in a row have to look the same whether the account exists or not.
fn compare_lock_out(client: &mut Client, database: &Database, known: &str) -> anyhow::Result<()> {
    let mut series = |email: &str| -> anyhow::Result<Vec<Face>> {
        database.administer(FORGET_FAILURES)?;
        (0..LOCK_OUT_TRIES)
            .map(|_| Face::of(&api::log_in(client, email, "not the password of anyone")?))
            .collect()
    };
    let known: Vec<Face> = series(known)?;
    let unknown: Vec<Face> = series(&api::some_email())?;
    for (number, (known, unknown)) in known.iter().zip(&unknown).enumerate() {
        ensure!(known == unknown, "failure {} in a row differs:\n  {known:?}\n  {unknown:?}", number + 1);
    }
    let refused = known.iter().filter(|face| face.status == 429).count();
    say(&format!("{LOCK_OUT_TRIES} failures in a row look alike ({refused} of them refused as too many)"));
    Ok(())
}

/// What an answer looks like, but for what is different in every answer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Face {
    status: u16,
    headers: BTreeMap<String, String>,
    body: serde_json::Value,
}

impl Face {
    fn of(answer: &Answer) -> anyhow::Result<Self> {
        let mut body = answer.json()?;
        body.as_object_mut().context("the answer is no object")?.remove("request_id");
        let headers = answer.headers.iter().filter(|(name, _)| !OWN_HEADERS.contains(&name.as_str()));
        let text =
            |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
        Ok(Self { status: answer.status.as_u16(), headers, body })
    }
}

/// Random order, so that nothing periodic falls on one kind alone.
struct Coin {
    bytes: [u8; 64],
    tossed: usize,
}

impl Coin {
    fn new() -> anyhow::Result<Self> {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes)?;
        Ok(Self { bytes, tossed: 0 })
    }

    fn flip(&mut self) -> anyhow::Result<bool> {
        let Some(byte) = self.bytes.get(self.tossed) else {
            *self = Self::new()?;
            return self.flip();
        };
        self.tossed += 1;
        Ok(byte & 1 == 1)
    }
}
