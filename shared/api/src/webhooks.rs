//! Intake of chain events: `/v1/webhooks/chain/…`.
