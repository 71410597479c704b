//! Sign-in: everything about it that is a decision or a format, and needs neither clock, randomness nor network.

pub mod access_token;
pub mod api_key;
pub mod lockout;
pub mod mailing;
pub mod recovery_code;
pub mod refresh;
pub mod roles;
pub mod totp;
