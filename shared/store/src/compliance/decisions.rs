//! Decisions that were taken.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    Error, Result,
    compliance::{self, Facts, Outcome, Quantity, RuleResult, Side},
    ids::{DecisionId, InvestorId, ShareClassId},
    input::FromText as _,
    money::{Currency, Money},
};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{
    Column, FromRow, Json,
    statement::{Cells, joined},
};

parameters! {
    /// A decision that is to be stored.
    #[derive(Debug, Clone)]
    pub struct NewDecision<'a> {
        /// Its id.
        pub id: DecisionId,
        /// Who.
        pub investor_id: InvestorId,
        /// What.
        pub share_class_id: ShareClassId,
        /// Which way.
        pub side: Side,
        /// For how much.
        pub amount: Option<Decimal>,
        /// In which currency that is.
        pub currency: Option<Currency>,
        /// Or for how many shares.
        pub units: Option<Decimal>,
        /// The worst of what the rules say.
        pub outcome: Outcome,
        /// What each of them says, as JSON.
        pub results: String,
        /// What it rests on, as canonical text.
        pub basis: &'a str,
        /// SHA-256 over that.
        pub basis_sha256: &'a str,
        /// When it was decided.
        pub decided_at: DateTime<Utc>,
        /// Until when it holds, as long as nothing that it rests on changes.
        pub valid_until: DateTime<Utc>,
    }
}

impl<'a> NewDecision<'a> {
    /// What was decided on these facts. `basis` is what they are part of, and its hash.
    ///
    /// # Errors
    /// [`Error::Internal`], which would be a defect: everything in it has a JSON form.
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
    /// What was decided, but for what each rule said.
    #[derive(Debug, Clone)]
    pub struct Decided {
        /// Id of the decision.
        pub id: DecisionId,
        /// Who.
        pub investor_id: InvestorId,
        /// What.
        pub share_class_id: ShareClassId,
        /// Which way.
        pub side: Side,
        /// For how much. Text as the others: what is stored may have been tampered with, and is shown nevertheless.
        pub amount: Option<String>,
        /// In which currency that is.
        pub currency: Option<String>,
        /// Or for how many shares.
        pub units: Option<String>,
        /// The worst of what the rules said.
        pub outcome: Outcome,
        /// When it was decided.
        pub decided_at: DateTime<Utc>,
        /// Until when it holds, as long as nothing that it rests on changes.
        pub valid_until: DateTime<Utc>,
        /// SHA-256 over what it rests on.
        pub basis_sha256: String,
    }

    /// What a decision rests on.
    #[derive(Debug, Clone)]
    pub struct StoredBasis {
        /// Id of the decision.
        pub id: DecisionId,
        /// Rules and facts, as they were stored.
        pub basis: String,
    }
}

impl Decided {
    /// For how much the order was; none where what is stored of it makes no sense.
    pub fn quantity(&self) -> Option<Quantity> {
        match (&self.amount, &self.currency, &self.units) {
            (Some(value), Some(currency), None) => {
                let (value, currency) = (value.parse().ok()?, Currency::from_text(currency).ok()?);
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
    /// What was decided.
    pub decided: Decided,
    /// What each rule said.
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

    /// The decision on a basis that holds now, and no longer than `until`, where there is such a bound. It may be a moment younger
    /// than `now`, when somebody else has asked meanwhile.
    optional standing_decision(basis_sha256: &str, now: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Decision;

    /// What decisions rest on.
    all bases(ids: Vec<Uuid>) -> StoredBasis;

    /// Keeps others from deciding on the same basis until the transaction ends.
    execute lock_basis(basis_sha256: &str);

    /// Stores a decision.
    execute insert_decision { new: NewDecision<'_> };
}
