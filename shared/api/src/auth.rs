//! Sign-in, sessions, users and keys: `/v1/auth/…`.
