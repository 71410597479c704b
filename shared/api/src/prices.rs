//! Prices: `/v1/prices…`.
