//! Counters of sign-ins that failed. Each has a scope, such as `account`, and a hash of what it counts there, so that no list of
//! tried addresses is kept; both are given as lists, side by side.

use fundrail_domain::{
    Result,
    auth::lockout::{Failures, History},
};

use crate::Connection;

rows! {
    /// What has failed before.
    #[derive(Debug, Clone)]
    pub struct Counter {
        /// `account`, `address`, `pair`, `device` or `person`.
        pub scope: String,
        /// How many times.
        pub failures: i32,
        /// Seconds since the last of them.
        pub age: i64,
    }
}

statements! { "identity";
    /// Makes the counters that are not there yet.
    execute make_counters(scopes: &[String], key_hashes: &[String]);

    /// The counters, locked until the transaction ends.
    all lock_counters(scopes: &[String], key_hashes: &[String]) -> Counter;

    /// Counts one more failure; what is older than twelve hours is forgotten first.
    execute count_failure(scopes: &[String], key_hashes: &[String]);

    /// Forgets the failures at an account; those of the address are only less by this one, since it may try other accounts.
    execute forget_failures(scopes: &[String], key_hashes: &[String]);
}

impl From<&Counter> for Failures {
    fn from(row: &Counter) -> Self {
        Self { count: u32::try_from(row.failures).unwrap_or(0), age: row.age }
    }
}

/// What has failed before, with the counters locked until the transaction ends. Those that are not there yet are made first, so
/// that there is something to lock, always in the same order, so that two tries cannot wait for each other.
///
/// # Errors
/// Those of the connection.
pub async fn history_for_update(
    db: &impl Connection,
    scopes: &[String],
    key_hashes: &[String],
) -> Result<History> {
    make_counters(db, scopes, key_hashes).await?;
    let counters = lock_counters(db, scopes, key_hashes).await?;
    let found = |scope: &str| counters.iter().find(|counter| counter.scope == scope).map(Failures::from);
    let of = |scope: &str| found(scope).unwrap_or_default();
    Ok(History {
        pair: of("pair"),
        account: of("account"),
        address: of("address"),
        address_known: false,
        device: found("device"),
        person: found("person"),
    })
}
