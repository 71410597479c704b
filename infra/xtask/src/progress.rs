//! What a person sees: one line when something begins, and how long it took when that was over a second.

use std::{
    future::Future,
    io::{IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

/// Says a line. A reader that went away (`… | head`) is no reason to stop.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// Says what went wrong, on standard error.
pub(crate) fn complain(line: &str) {
    let red = if std::io::stderr().is_terminal() { ("\u{1b}[31m", "\u{1b}[0m") } else { ("", "") };
    let _ = writeln!(std::io::stderr().lock(), "{}error{}: {line}", red.0, red.1);
}

/// Runs `work` under a heading, and says how long it took when that was over a second.
pub(crate) async fn step<T>(
    heading: &str,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    say(&format!("==> {heading}"));
    let start = Instant::now();
    let result = work.await;
    let took = start.elapsed();
    if result.is_ok() && took > Duration::from_secs(1) {
        say(&format!("    done in {}", seconds(took)));
    }
    result
}

/// `12.3 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
