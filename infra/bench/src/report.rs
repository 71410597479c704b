//! What came out, as a table and as files.

use std::{fs, path::Path};

use anyhow::Context as _;
use serde::Serialize;

use crate::{
    cases::Case,
    load::Round,
    stack::{Server, say},
    statistics::{median, percentile},
};

/// One side of a case.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Side {
    /// Median over the rounds of requests a second.
    pub rps: f64,
    /// Of all requests, in milliseconds.
    pub p50_ms: f64,
    /// Of all requests, in milliseconds.
    pub p99_ms: f64,
    /// Requests a second of every round, in order.
    pub rounds: Vec<f64>,
    /// Scripts that Redis ran for a request: its round trips.
    pub scripts: f64,
}

impl Side {
    /// Sums up the rounds.
    pub(crate) fn of(rounds: &[Round]) -> Self {
        let mut micros: Vec<u32> = rounds.iter().flat_map(|round| round.micros.iter().copied()).collect();
        micros.sort_unstable();
        let milliseconds = |share| f64::from(percentile(&micros, share)) / 1_000.0;
        let rates: Vec<f64> = rounds.iter().map(Round::per_second).collect();
        Self {
            rps: median(&rates),
            p50_ms: milliseconds(0.5),
            p99_ms: milliseconds(0.99),
            rounds: rates,
            scripts: 0.0,
        }
    }
}

/// One case, measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Measured {
    /// The case's name.
    pub name: &'static str,
    /// What the ratio should be at least.
    pub target: Option<f64>,
    /// Host over native.
    pub ratio: f64,
    /// The twin.
    pub native: Side,
    /// Our host.
    pub host: Side,
}

impl Measured {
    /// Sums up a case.
    pub(crate) fn of(case: &Case, native: &[Round], host: &[Round]) -> Self {
        let (native, host) = (Side::of(native), Side::of(host));
        let ratio = if native.rps > 0.0 { host.rps / native.rps } else { 0.0 };
        Self { name: case.name, target: case.target, ratio, native, host }
    }
}

/// The shape of `latest.json`.
#[derive(Serialize)]
struct Line {
    name: &'static str,
    native_rps: f64,
    host_rps: f64,
    ratio: f64,
    native_p99_ms: f64,
    host_p99_ms: f64,
}

/// Prints the table of throughput.
pub(crate) fn print(measured: &[Measured]) {
    say(&format!(
        "\n{:<16} {:>11} {:>11} {:>7} {:>7}   {:>17} {:>17}",
        "case", "native /s", "host /s", "ratio", "target", "native p50/p99 ms", "host p50/p99 ms"
    ));
    for case in measured {
        let target = case.target.map_or_else(String::new, |target| format!("{target:.2}"));
        let verdict = match case.target {
            Some(target) if case.ratio < target => "  missed",
            Some(_) => "  met",
            None => "",
        };
        let latency = |side: &Side| format!("{:.2} / {:.2}", side.p50_ms, side.p99_ms);
        say(&format!(
            "{:<16} {:>11.0} {:>11.0} {:>7.3} {:>7}   {:>17} {:>17}{verdict}",
            case.name,
            case.native.rps,
            case.host.rps,
            case.ratio,
            target,
            latency(&case.native),
            latency(&case.host),
        ));
    }
}

/// Prints and answers what both servers hold after the load.
pub(crate) fn memory(host: &Server, twin: &Server) -> anyhow::Result<serde_json::Value> {
    let (host, native) = (host.memory()?, twin.memory()?);
    say("\nmemory after the load (MB, resident now and at most)");
    for (name, memory) in [("host", host), ("native", native)] {
        say(&format!("{name:<16} {:>7} {:>7}", memory.resident_kb / 1_024, memory.peak_kb / 1_024));
    }
    Ok(serde_json::json!({ "host": host, "native": native }))
}

/// Writes `latest.json` (one object a case) and `details.json` (everything that was measured).
pub(crate) fn write(out: &Path, measured: &[Measured], details: &serde_json::Value) -> anyhow::Result<()> {
    let lines: Vec<Line> = measured
        .iter()
        .map(|case| Line {
            name: case.name,
            native_rps: case.native.rps,
            host_rps: case.host.rps,
            ratio: case.ratio,
            native_p99_ms: case.native.p99_ms,
            host_p99_ms: case.host.p99_ms,
        })
        .collect();
    let write = |name: &str, text: String| {
        let path = out.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    write("latest.json", serde_json::to_string_pretty(&lines)?)?;
    write("details.json", serde_json::to_string_pretty(details)?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_side_is_the_median_of_its_rounds_and_the_percentiles_of_all_requests() {
        let round = |requests: usize, micros: u32| Round {
            micros: vec![micros; requests],
            elapsed: Duration::from_secs(1),
            ..Round::default()
        };
        let side = Side::of(&[round(100, 1_000), round(300, 2_000), round(200, 4_000)]);
        assert!((side.rps - 200.0).abs() < 1e-9);
        assert!((side.p50_ms - 2.0).abs() < 1e-9 && (side.p99_ms - 4.0).abs() < 1e-9);
    }
}
