//! The audit trail: `/v1/audit`.
