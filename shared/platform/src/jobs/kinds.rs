//! The kinds of jobs: each is a type, which is queued as it is and passed to its handler as it is. Database functions also queue
//! `session.mark` and `chain.apply`, with the same fields.
//!
//! No request is merged with another that is still queued: that one may be about to fail, come from somewhere else, or have been
//! claimed a moment ago. Only `chain.apply`, which says nothing but that there is work, is queued once (`chain_intake`).

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Domain;

/// Something that can be queued. It is read back from JSON that an earlier release may have written, so an added field has a
/// default.
pub trait Job: Serialize + DeserializeOwned {
    /// Value of the column `job.kind`, and key in the worker's table of handlers.
    const KIND: &'static str;
    /// Whose worker carries it out.
    const DOMAIN: Domain;
}

/// Drops cached values, in case that was not done right after the commit. Not deduplicated by its keys: a drop that is already
/// running may precede this write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropCached {
    /// Of values in Redis.
    pub keys: Vec<String>,
}

impl Job for DropCached {
    const KIND: &'static str = "cache.drop";
    const DOMAIN: Domain = Domain::Housekeeping;
}

/// Leaves marks in place of records of sessions and API keys, in case that was not done right after the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkSessions {
    /// Of records in Redis.
    pub keys: Vec<String>,
    /// Whether they have ended; otherwise they have changed.
    pub revoked: bool,
}

impl Job for MarkSessions {
    const KIND: &'static str = "session.mark";
    const DOMAIN: Domain = Domain::Identity;
}

/// Applies received chain events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyChainEvents {}

impl Job for ApplyChainEvents {
    const KIND: &'static str = "chain.apply";
    const DOMAIN: Domain = Domain::Chain;
}

/// Sends a password reset link, if there is such an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailPasswordReset {
    /// The address as entered.
    pub email: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// Client address of that request.
    pub client_address: Option<String>,
}

impl Job for MailPasswordReset {
    const KIND: &'static str = "auth.password_reset";
    const DOMAIN: Domain = Domain::Identity;
}

/// Records a failed sign-in in the trail of the account's tenant, if there is such an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFailedSignIn {
    /// The address as entered.
    pub email: String,
    /// The request that failed.
    pub request_id: Option<String>,
    /// Client address of that request.
    pub client_address: Option<String>,
}

impl Job for RecordFailedSignIn {
    const KIND: &'static str = "auth.sign_in_failed";
    const DOMAIN: Domain = Domain::Identity;
}
