//! Rows of the database as shown in responses.

use fundrail_api::investors::{Investor, InvestorSummary};
use fundrail_store::investors::profiles;

/// An investor with everything that belongs to it.
pub(crate) fn investor(row: profiles::Investor) -> Investor {
    Investor::new(row.id, row.recorded, row.version, (row.created_at, row.updated_at))
}

/// An investor in a list.
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
