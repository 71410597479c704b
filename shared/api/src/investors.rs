//! Investors: `/v1/investors…`.
