//! Short background work, woken through Redis.

#[spin_sdk::redis_subscriber]
async fn wake(_message: Vec<u8>) -> Result<(), fundrail_platform::Error> {
    Ok(())
}
