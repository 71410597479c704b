//! Ctrl-C and SIGTERM.

use std::{future::Future, process::ExitCode};

use tokio::signal::unix::{SignalKind, signal};

/// How a command ended.
pub(crate) enum Outcome {
    /// By itself.
    Finished(anyhow::Result<ExitCode>),
    /// By a signal; what it had started has been stopped too.
    Interrupted,
}

/// Runs `command` to its end, or drops it on the first Ctrl-C or SIGTERM: dropping it stops what it started.
pub(crate) async fn unless_interrupted(command: impl Future<Output = anyhow::Result<ExitCode>>) -> Outcome {
    // Not SIGHUP, which `nohup` makes us ignore; by default it ends us, and the kernel then ends our children.
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
        return Outcome::Finished(Err(anyhow::anyhow!("cannot watch for Ctrl-C")));
    };
    tokio::select! {
        biased;
        _ = interrupt.recv() => Outcome::Interrupted,
        _ = terminate.recv() => Outcome::Interrupted,
        result = command => Outcome::Finished(result),
    }
}
