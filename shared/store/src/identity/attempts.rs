//! Counters of failed sign-ins. Each has a scope, such as `account`, and a hash of what it counts, so that no list of attempted
//! addresses is kept; both are given as parallel lists.

use fundrail_domain::{
    Result,
    auth::lockout::{Failures, History},
};

use crate::Connection;

rows! {
    /// Previous failures.
    #[derive(Debug, Clone)]
    pub struct Counter {
        /// `account`, `address`, `pair`, `device` or `person`.
        pub scope: String,
        /// Number of failures.
        pub failures: i32,
        /// Seconds since the last of them.
        pub age: i64,
    }
}

statements! { "identity";
    /// Creates the counters that do not exist yet.
    execute make_counters(scopes: &[String], key_hashes: &[String]);

    /// The counters, locked until the transaction ends.
    all lock_counters(scopes: &[String], key_hashes: &[String]) -> Counter;

    /// Counts one more failure; those older than twelve hours are forgotten first.
    execute count_failure(scopes: &[String], key_hashes: &[String]);

    /// Forgets the failures for an account; those for the address are only reduced by this one, since it may be trying other
    /// accounts.
    execute forget_failures(scopes: &[String], key_hashes: &[String]);
}

impl From<&Counter> for Failures {
    fn from(row: &Counter) -> Self {
        Self { count: u32::try_from(row.failures).unwrap_or(0), age: row.age }
    }
}

/// Previous failures, with the counters locked until the transaction ends. Missing ones are created first, so that there is
/// something to lock, always in the same order, so that two attempts cannot wait for each other.
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
