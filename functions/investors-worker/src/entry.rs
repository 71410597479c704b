//! Where a Redis message enters.
// What the macro generates exports a C function; nothing in it is ours.
#![allow(unsafe_code, clippy::same_length_and_capacity)]

/// Looks for work.
#[spin_sdk::redis_subscriber]
async fn wake(_message: Vec<u8>) -> Result<(), String> {
    crate::WORKER.wake().await;
    Ok(())
}
