//! What the database knows, as answers have it.

use chrono::NaiveDate;
use fundrail_api::ownership::{Ownership, OwnershipEdge, OwnershipNode, OwnershipParty, OwnershipStake};
use fundrail_domain::{
    ids::InvestorId,
    investor::{Screening, ownership::LookThrough},
};
use fundrail_store::ownership::{OwnerBehind, Party, Stake, StakeBehind};
use rust_decimal::Decimal;

/// An owner who is no investor.
pub(crate) fn party(row: Party) -> OwnershipParty {
    let screening = row.outcome.zip(row.screened_at).zip(row.source);
    OwnershipParty {
        id: row.id,
        kind: row.kind,
        name: row.name,
        birth_date: row.birth_date,
        residence: row.residence,
        identifier: row.identifier,
        screening: screening.map(|((outcome, screened_at), source)| Screening {
            outcome,
            screened_at,
            source,
        }),
        recorded_at: row.recorded_at,
    }
}

/// A stake.
pub(crate) fn stake(row: Stake) -> OwnershipStake {
    OwnershipStake {
        id: row.id,
        owner_investor_id: row.owner_investor_id,
        owner_party_id: row.owner_party_id,
        owned_investor_id: row.owned_investor_id,
        owned_party_id: row.owned_party_id,
        percent: row.percent,
        since: row.since,
        until: row.ended_on.or(row.until),
        reference: row.reference,
        valid: !row.ended || row.ended_on.is_some(),
        end_reason: row.end_reason,
        recorded_at: row.recorded_at,
    }
}

/// Who owns an investor.
pub(crate) fn ownership(
    (investor_id, on): (InvestorId, NaiveDate),
    owners: Vec<OwnerBehind>,
    stakes: &[StakeBehind],
    found: &LookThrough,
) -> Ownership {
    let direct = stakes.iter().filter(|stake| stake.owned_id == investor_id.0);
    let direct = direct.fold(Decimal::ZERO, |sum, stake| sum.saturating_add(stake.percent));
    Ownership {
        investor_id,
        on,
        nodes: owners.into_iter().map(|owner| node(owner, found)).collect(),
        edges: stakes.iter().map(edge).collect(),
        beneficial_owners: found.beneficial_owners.clone(),
        unaccounted_percent: Decimal::ONE_HUNDRED.saturating_sub(direct).normalize(),
        blocked: found.blocked.contains(&investor_id.0),
    }
}

fn node(row: OwnerBehind, found: &LookThrough) -> OwnershipNode {
    OwnershipNode {
        effective_percent: found.effective.get(&row.id).copied().flatten(),
        blocked: found.blocked.contains(&row.id),
        id: row.id,
        kind: row.kind,
        name: row.name,
        residence: row.residence,
        is_investor: row.is_investor,
        sanctioned: row.sanctioned,
    }
}

fn edge(row: &StakeBehind) -> OwnershipEdge {
    OwnershipEdge {
        stake_id: row.id,
        owner_id: row.owner_id,
        owned_id: row.owned_id,
        percent: row.percent,
        since: row.since,
        until: row.until,
    }
}
