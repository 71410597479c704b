//! Stored decisions.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    Error, Result,
    compliance::{self, Facts, Outcome, Quantity, RuleResult, Side},
    ids::{DecisionId, InvestorId, ShareClassId},
    money::{Currency, Money},
};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{
    Column, FromRow, Json,
    statement::{Cells, joined},
};

parameters! {
    /// A decision to be stored.
    #[derive(Debug, Clone)]
    pub struct NewDecision<'a> {
        /// The id.
        pub id: DecisionId,
        /// The investor.
        pub investor_id: InvestorId,
        /// The share class.
        pub share_class_id: ShareClassId,
        /// The order.
        pub side: Side,
        /// Amount.
        pub amount: Option<Decimal>,
        /// Its currency.
        pub currency: Option<Currency>,
        /// Or the number of shares.
        pub units: Option<Decimal>,
        /// The outcome.
        pub outcome: Outcome,
        /// Results of the rules, as JSON.
        pub results: String,
        /// Its basis, as canonical text.
        pub basis: &'a str,
        /// SHA-256 of the basis.
        pub basis_sha256: &'a str,
        /// When it was made.
        pub decided_at: DateTime<Utc>,
        /// When it expires, unless something that it is based on changes earlier.
        pub valid_until: DateTime<Utc>,
    }
}

impl<'a> NewDecision<'a> {
    /// A decision on these facts. `basis` is what they are part of, with its hash.
    ///
    /// # Errors
    /// [`Error::Internal`], which would be a defect: everything in it can be represented in JSON.
    pub fn of(
        id: DecisionId,
        decision: &compliance::Decision,
        facts: &Facts,
        (basis, basis_sha256): (&'a str, &'a str),
        decided_at: DateTime<Utc>,
    ) -> Result<Self> {
        let (amount, units) = match facts.order.quantity {
            Quantity::Amount(money) => (Some(money), None),
            Quantity::Units(units) => (None, Some(units)),
        };
        let results = serde_json::to_string(&decision.results);
        Ok(Self {
            id,
            investor_id: facts.investor.id,
            share_class_id: facts.share_class.id,
            side: facts.order.side,
            amount: amount.map(|money| money.value),
            currency: amount.map(|money| money.currency),
            units,
            outcome: decision.outcome,
            results: results.map_err(|error| Error::internal(format!("no JSON: {error}")))?,
            basis,
            basis_sha256,
            decided_at,
            valid_until: decision.valid_until,
        })
    }
}

rows! {
    /// A decision without the results of its rules.
    #[derive(Debug, Clone)]
    pub struct Decided {
        /// Id of the decision.
        pub id: DecisionId,
        /// The investor.
        pub investor_id: InvestorId,
        /// The share class.
        pub share_class_id: ShareClassId,
        /// The order.
        pub side: Side,
        /// Amount. Text like the others: what is stored may have been tampered with, and is shown nevertheless.
        pub amount: Option<String>,
        /// Its currency.
        pub currency: Option<String>,
        /// Or the number of shares.
        pub units: Option<String>,
        /// The outcome.
        pub outcome: Outcome,
        /// When it was made.
        pub decided_at: DateTime<Utc>,
        /// When it expires, unless something that it is based on changes earlier.
        pub valid_until: DateTime<Utc>,
        /// SHA-256 of its basis.
        pub basis_sha256: String,
    }

    /// The basis of a decision.
    #[derive(Debug, Clone)]
    pub struct StoredBasis {
        /// Id of the decision.
        pub id: DecisionId,
        /// Rules and facts, as stored.
        pub basis: String,
    }
}

impl Decided {
    /// Quantity of the order; none if what is stored is invalid.
    pub fn quantity(&self) -> Option<Quantity> {
        match (&self.amount, &self.currency, &self.units) {
            (Some(value), Some(currency), None) => {
                let (value, currency) = (value.parse().ok()?, Currency::recorded(currency)?);
                Some(Quantity::Amount(Money { value, currency }))
            }
            (None, None, Some(units)) => Some(Quantity::Units(units.parse().ok()?)),
            _ => None,
        }
    }
}

/// A decision.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The outcome.
    pub decided: Decided,
    /// Results of the rules.
    pub results: Vec<RuleResult>,
}

const RESULTS: Column = Column::of::<Json<Vec<RuleResult>>>(Some("results"));

/// The columns of [`Decided`], and one more.
impl FromRow for Decision {
    const COLUMNS: &'static [Column] =
        &joined::<_, { Decided::COLUMNS.len() + 1 }>(RESULTS, Decided::COLUMNS, &[RESULTS]);

    fn from_row(row: &mut Cells) -> Result<Self> {
        let decided = Decided::from_row(row)?;
        Ok(Self { decided, results: row.next::<Json<Vec<RuleResult>>>("results")?.0 })
    }
}

statements! { "compliance";
    /// A decision of the caller's tenant.
    optional decision(id: DecisionId) -> Decision;

    /// Decisions of the caller's tenant by their ids, which are as old as they are.
    page decisions(investor: Option<InvestorId>, share_class: Option<ShareClassId>, outcome: Option<Outcome>) -> Decided,
        by "id" ("uuid": Uuid);

    /// The decision on a basis that is valid now, and for no longer than `until`, if that is given. It may be slightly younger
    /// than `now`, if somebody else has asked in the meantime.
    optional standing_decision(basis_sha256: &str, now: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Decision;

    /// The bases of decisions.
    all bases(ids: Vec<Uuid>) -> StoredBasis;

    /// Keeps others from making a decision on the same basis until the transaction ends.
    execute lock_basis(basis_sha256: &str);

    /// Stores a decision.
    execute insert_decision { new: NewDecision<'_> };
}
