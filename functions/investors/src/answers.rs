//! What the database knows, as answers have it.

use fundrail_api::investors::{Investor, InvestorSummary, Revocation};
use fundrail_store::investors::{evidence, profiles};

/// An investor with everything that belongs to it.
pub(crate) fn investor(row: profiles::Investor) -> Investor {
    Investor::new(row.id, row.recorded, row.version, (row.created_at, row.updated_at))
}

/// An investor of a list.
pub(crate) fn investor_summary(row: profiles::InvestorSummary) -> InvestorSummary {
    InvestorSummary {
        id: row.id,
        kind: row.kind,
        name: row.name,
        residence: row.residence,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// What was revoked.
pub(crate) fn revocation(row: evidence::Revocation) -> Revocation {
    Revocation {
        id: row.id,
        subject: row.subject,
        subject_id: row.subject_id,
        reason: row.reason,
        revoked_at: row.revoked_at,
        statement: row.statement.0,
    }
}
