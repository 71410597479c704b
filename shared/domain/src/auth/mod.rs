//! Sign-in: all its decisions and formats, which need neither clock, randomness nor network.

pub mod access_token;
pub mod api_key;
pub mod lockout;
pub mod mailing;
pub mod recovery_code;
pub mod refresh;
pub mod roles;
pub mod totp;
