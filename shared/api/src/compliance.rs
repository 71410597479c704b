//! Compliance checks: `/v1/compliance/…`.
