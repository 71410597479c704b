//! Notes every message in a Redis list; traps on `trap`, loops on `spin`, and takes its time on `slow`.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what `redis_subscriber` generates exports a function"
)]

use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use spin_sdk::{
    redis::{Connection, Error, RedisParameter},
    redis_subscriber, variables,
};

/// Counts the messages of an instance: never more than one, when each has a fresh one.
static SEEN: AtomicU32 = AtomicU32::new(0);

#[redis_subscriber]
async fn handle(message: Bytes) -> Result<(), Error> {
    let seen = SEEN.fetch_add(1, Ordering::Relaxed);
    let text = String::from_utf8_lossy(&message).into_owned();
    let other = |error: variables::Error| Error::Other(error.to_string());
    let connection = Connection::open(variables::get("redis_url").await.map_err(other)?).await?;
    note(&connection, &format!("begin {text} {seen}")).await?;
    #[expect(clippy::panic, reason = "the host's tests ask for a trap")]
    match text.as_str() {
        "trap" => panic!("asked to trap"),
        "spin" => loop {
            std::hint::spin_loop();
        },
        "slow" => {
            // The other channel's messages must not wait for this.
            let arguments = [
                RedisParameter::Binary(b"host-test:never".to_vec()),
                RedisParameter::Binary(b"0.3".to_vec()),
            ];
            connection.execute("BLPOP", arguments).await?;
        }
        "refuse" => return Err(Error::Other("asked to refuse".to_owned())),
        _ => {}
    }
    note(&connection, &format!("end {text}")).await
}

async fn note(connection: &Connection, line: &str) -> Result<(), Error> {
    let list = variables::get("list").await.map_err(|error| Error::Other(error.to_string()))?;
    let arguments =
        [RedisParameter::Binary(list.into_bytes()), RedisParameter::Binary(line.as_bytes().to_vec())];
    connection.execute("RPUSH", arguments).await.map(drop)
}
