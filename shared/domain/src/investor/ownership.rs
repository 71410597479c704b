//! Who owns an organisation, directly and through others: effective shares, beneficial owners, and whether sanctioned persons own
//! half of it.
//!
//! Ownership is a graph: owners, and the stakes that they hold in organisations. It may contain circles, since companies may lawfully
//! own each other. Amounts are exact decimals throughout.

mod read;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::Kind;
use crate::{Error, Result};

pub use read::{NewParty, NewStake, StakeEnd};

/// Share from which on a natural person is a beneficial owner, in per cent: 31 CFR 1010.230(d)(1) says 25 per cent or more; Directive
/// (EU) 2015/849, Article 3(6), more than 25 per cent.
pub const BENEFICIAL: Decimal = Decimal::from_parts(25, 0, 0, false, 0);
/// Share from which on what blocked persons own is blocked, in per cent: OFAC, Revised Guidance on Entities Owned by Persons Whose
/// Property and Interests in Property Are Blocked, 13 August 2014.
pub const BLOCKED: Decimal = Decimal::from_parts(50, 0, 0, false, 0);
/// Most owners that one look-through takes in.
pub const MOST_NODES: usize = 200;
/// Decimal places of effective shares.
const PLACES: u32 = 10;

/// Somebody who owns, or something that is owned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Id of the investor or the owner.
    pub id: Uuid,
    /// Natural or legal person.
    pub kind: Kind,
    /// Whether they are themselves on a sanctions list.
    pub sanctioned: bool,
}

/// A stake in an organisation, in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stake {
    /// Who holds it.
    pub owner: Uuid,
    /// In which organisation.
    pub owned: Uuid,
    /// Share of it, in per cent.
    pub percent: Decimal,
}

/// A stake with the days on which it is in force: the first, and the last if it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// Share, in per cent.
    pub percent: Decimal,
    /// First day.
    pub since: NaiveDate,
    /// Last day.
    pub until: Option<NaiveDate>,
}

impl Holding {
    fn is_in_force(&self, day: NaiveDate) -> bool {
        self.since <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// Checks that nobody owns more than all of an organisation on any day, with a further stake.
///
/// # Errors
/// [`Error::Invalid`] at `/percent` naming the day.
pub fn fits(new: &Holding, known: &[Holding]) -> Result<()> {
    // What is owned in all only rises where a stake begins.
    let begins = known.iter().map(|holding| holding.since).chain([new.since]);
    for day in begins.filter(|day| new.is_in_force(*day)) {
        let others = known.iter().filter(|holding| holding.is_in_force(day));
        let owned = others.fold(Decimal::ZERO, |sum, holding| sum.saturating_add(holding.percent));
        if owned.saturating_add(new.percent) > Decimal::ONE_HUNDRED {
            let message =
                format!("{} % are owned already on {day}, which leaves less than this", owned.normalize());
            return Err(Error::field("/percent", message));
        }
    }
    Ok(())
}

/// What a look-through of an organisation finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookThrough {
    /// What everybody owns of it, directly and through others, in per cent, rounded to ten places. In a circle, what an organisation
    /// owns of itself belongs to whoever owns it. `None` if a circle of organisations owns itself as a whole, so that what it owns
    /// belongs to nobody.
    pub effective: BTreeMap<Uuid, Option<Decimal>>,
    /// Natural persons who effectively own [`BENEFICIAL`] per cent or more.
    pub beneficial_owners: Vec<Uuid>,
    /// Everybody who is sanctioned, or counts as such since sanctioned persons own half of them or more.
    pub blocked: BTreeSet<Uuid>,
}

/// Looks through an organisation.
///
/// # Errors
/// [`Error::Conflict`] if there are more than [`MOST_NODES`].
pub fn look_through(target: Uuid, nodes: &[Node], stakes: &[Stake]) -> Result<LookThrough> {
    if nodes.len() > MOST_NODES {
        let detail =
            format!("more than {MOST_NODES} owners stand behind it; no answer is better than a wrong one");
        return Err(Error::conflict("ownership_too_large", detail));
    }
    let effective = effective(target, nodes, stakes);
    let is_beneficial = |node: &&Node| {
        node.kind == Kind::Natural
            && effective.get(&node.id).is_some_and(|share| share.is_some_and(|share| share >= BENEFICIAL))
    };
    let beneficial_owners = nodes.iter().filter(is_beneficial).map(|node| node.id).collect();
    Ok(LookThrough { beneficial_owners, blocked: blocked(nodes, stakes), effective })
}

/// Who is sanctioned, or owned by half or more by those who are, in aggregate. What they own less than half of is not blocked, and
/// what that owns does not count as theirs (OFAC, FAQ 401). The set only grows, so it ends whatever circles there are.
fn blocked(nodes: &[Node], stakes: &[Stake]) -> BTreeSet<Uuid> {
    let mut blocked: BTreeSet<Uuid> =
        nodes.iter().filter(|node| node.sanctioned).map(|node| node.id).collect();
    loop {
        let owned_by_blocked = |node: &Node| {
            let theirs =
                stakes.iter().filter(|stake| stake.owned == node.id && blocked.contains(&stake.owner));
            theirs.fold(Decimal::ZERO, |sum, stake| sum.saturating_add(stake.percent)) >= BLOCKED
        };
        let further: Vec<Uuid> = nodes
            .iter()
            .filter(|node| !blocked.contains(&node.id) && owned_by_blocked(node))
            .map(|node| node.id)
            .collect();
        if further.is_empty() {
            return blocked;
        }
        blocked.extend(further);
    }
}

/// A linear equation: the share of one node as the shares of others, each times a factor, and a constant.
#[derive(Debug, Clone, Default)]
struct Equation {
    constant: Decimal,
    factors: BTreeMap<Uuid, Decimal>,
}

/// Solves `share(owner) = Σ stake(owner, owned) × share(owned)`, where the target itself begins with the whole. Each node is
/// eliminated from the equations of the others; without circles nothing is ever divided.
fn effective(target: Uuid, nodes: &[Node], stakes: &[Stake]) -> BTreeMap<Uuid, Option<Decimal>> {
    let mut equations: BTreeMap<Uuid, Equation> =
        nodes.iter().map(|node| (node.id, Equation::default())).collect();
    for stake in stakes.iter().filter(|stake| stake.owner != stake.owned) {
        if let Some(equation) = equations.get_mut(&stake.owner) {
            let factor = equation.factors.entry(stake.owned).or_default();
            *factor = factor.saturating_add(stake.percent / Decimal::ONE_HUNDRED);
        }
    }
    if let Some(equation) = equations.get_mut(&target) {
        equation.constant = Decimal::ONE;
    }
    let mut known: Vec<(Uuid, Option<Equation>)> = Vec::with_capacity(equations.len());
    while let Some((id, equation)) = equations.pop_first() {
        let solved = without_itself(id, equation);
        for other in equations.values_mut() {
            replace(other, id, solved.as_ref());
        }
        known.push((id, solved));
    }
    back(known, target)
}

/// An equation without its own unknown; `None` if a circle owns itself as a whole.
fn without_itself(id: Uuid, mut equation: Equation) -> Option<Equation> {
    let Some(own) = equation.factors.remove(&id) else { return Some(equation) };
    let rest = Decimal::ONE.saturating_sub(own);
    if rest <= Decimal::ZERO {
        return None;
    }
    equation.constant = equation.constant.checked_div(rest)?;
    for factor in equation.factors.values_mut() {
        *factor = factor.checked_div(rest)?;
    }
    Some(equation)
}

/// Puts what is known of a node into the equation of another.
fn replace(equation: &mut Equation, id: Uuid, known: Option<&Equation>) {
    // What a closed circle owns is nobody's: the factor stays, for `back` to find.
    let Some(known) = known else { return };
    let Some(times) = equation.factors.remove(&id) else { return };
    equation.constant = equation.constant.saturating_add(times.saturating_mul(known.constant));
    for (other, factor) in &known.factors {
        let sum = equation.factors.entry(*other).or_default();
        *sum = sum.saturating_add(times.saturating_mul(*factor));
    }
}

/// The shares, from the equation that was solved last to the first.
fn back(known: Vec<(Uuid, Option<Equation>)>, target: Uuid) -> BTreeMap<Uuid, Option<Decimal>> {
    let mut shares: BTreeMap<Uuid, Option<Decimal>> = BTreeMap::new();
    for (id, equation) in known.into_iter().rev() {
        let share = equation.and_then(|equation| {
            equation.factors.iter().try_fold(equation.constant, |sum, (owned, factor)| {
                let share = shares.get(owned).copied().unwrap_or(Some(Decimal::ZERO))?;
                Some(sum.saturating_add(factor.saturating_mul(share)))
            })
        });
        shares.insert(id, share);
    }
    shares.remove(&target);
    let percent = |share: Decimal| share.saturating_mul(Decimal::ONE_HUNDRED).round_dp(PLACES).normalize();
    shares.into_iter().map(|(id, share)| (id, share.map(percent))).collect()
}
