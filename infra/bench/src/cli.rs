//! What can be asked for.

use clap::{Args, Parser, Subcommand};

/// Measures Fundrail on its host against a native twin that does the same work, and writes `target/bench/latest.json`.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench --")]
pub(crate) struct Arguments {
    /// Another measurement than throughput.
    #[command(subcommand)]
    pub command: Option<Measurement>,
    /// How throughput is measured.
    #[command(flatten)]
    pub throughput: Throughput,
}

/// Measurements besides throughput.
#[derive(Debug, Subcommand)]
pub(crate) enum Measurement {
    /// Whether a wrong password for an account that exists takes longer than for one that does not.
    Timing(Timing),
}

/// How throughput is measured.
#[derive(Debug, Args)]
pub(crate) struct Throughput {
    /// Only these cases, comma-separated; `--only help` names them.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// Seconds of a round.
    #[arg(long, default_value_t = 4.0)]
    pub seconds: f64,
    /// Keep-alive connections, each with one request under way.
    #[arg(long, default_value_t = 32)]
    pub connections: usize,
    /// Rounds of each server, in turn.
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
}

/// How timing is measured.
#[derive(Debug, Args)]
pub(crate) struct Timing {
    /// Tries of each kind.
    #[arg(long, default_value_t = 1_000)]
    pub tries: usize,
}
