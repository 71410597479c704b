//! Where a Redis message enters.
// What the macro generates exports a C function; nothing in it is ours.
#![allow(unsafe_code, clippy::same_length_and_capacity)]

use fundrail_platform::log::{self, Level};

/// Looks for work. An error is logged here and not handed on: the rows are still there, and the next message looks again.
#[spin_sdk::redis_subscriber]
async fn wake(_message: Vec<u8>) -> Result<(), String> {
    if let Err(error) = crate::run::run().await {
        let context = error.context().unwrap_or_default();
        log::line(
            Level::Error,
            "the worker gave up for now",
            &[("function", "jobs".into()), ("code", error.code().into()), ("context", context.into())],
        );
    }
    Ok(())
}
