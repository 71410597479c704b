//! The kinds of jobs: each is a type, which is queued as it is and handed to its handler as it is. Database functions queue
//! `session.mark` and `chain.apply` too, with the same fields.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Something that can be queued. Read back from JSON that an earlier release may have written: a field that is added has a
/// default.
pub trait Job: Serialize + DeserializeOwned {
    /// As the column `job.kind` has it, and the worker's table of handlers.
    const KIND: &'static str;

    /// Queued jobs of one kind with one key are one job.
    fn dedupe_key(&self) -> Option<String> {
        None
    }
}

/// Drops cached values, in case that it was not done right after the commit. Not deduplicated by its keys: a drop that is
/// already running may have come before this write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropCached {
    /// Of values in Redis.
    pub keys: Vec<String>,
}

impl Job for DropCached {
    const KIND: &'static str = "cache.drop";
}

/// Leaves marks at records of sessions and API keys, in case that it was not done right after the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkSessions {
    /// Of records in Redis.
    pub keys: Vec<String>,
    /// Whether they are over; otherwise they have changed.
    pub revoked: bool,
}

impl Job for MarkSessions {
    const KIND: &'static str = "session.mark";
}

/// Applies chain events that have been taken in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyChainEvents {}

impl Job for ApplyChainEvents {
    const KIND: &'static str = "chain.apply";
}

/// Mails a link that resets a password, if there is such an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailPasswordReset {
    /// The address that somebody has typed.
    pub email: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// Where that came from.
    pub client_address: Option<String>,
}

impl Job for MailPasswordReset {
    const KIND: &'static str = "auth.password_reset";

    /// Asking again before the mail is out does not send another.
    fn dedupe_key(&self) -> Option<String> {
        Some(crate::tokens::hash(&self.email))
    }
}

/// Writes a failed sign-in into the trail of whose account it was, if it was anybody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFailedSignIn {
    /// The address that somebody has typed.
    pub email: String,
    /// Tries with one of these that follow each other closely are one entry: a hash of address and network.
    #[serde(skip)]
    pub tries: Option<String>,
    /// The last request of them.
    pub request_id: Option<String>,
    /// Where that came from.
    pub client_address: Option<String>,
}

impl Job for RecordFailedSignIn {
    const KIND: &'static str = "auth.sign_in_failed";

    fn dedupe_key(&self) -> Option<String> {
        self.tries.clone()
    }
}
