//! Health and documents: `/health`, `/v1/ops/…`.
