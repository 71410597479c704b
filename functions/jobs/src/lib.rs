//! Short background work, woken through Redis.
//!
//! The message says nothing but "look": the work is rows of the table `job`. [`kinds`] says what can be done and
//! what is done periodically; [`run`] does what is due, within a bounded time.

mod audit_seal;
mod cache_drop;
mod chain_apply;
mod dead_letters;
mod entry;
mod kinds;
mod kyc_expire;
mod mail;
mod password_reset;
mod prune;
mod reencrypt;
mod rotate_keys;
mod run;
mod session_mark;
mod sign_in_failed;
mod task;
