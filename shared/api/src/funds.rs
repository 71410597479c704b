//! Funds and share classes: `/v1/funds…`.
