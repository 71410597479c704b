//! Signed intake of chain events: `/v1/webhooks/chain/…`.

use serde::{Deserialize, Serialize};

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Intake {
    /// Logs that are new, and now durable.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 1))]
    pub accepted: i64,
    /// Logs that had come in before.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 0))]
    pub duplicates: i64,
}
