//! Who owns organisations: parties, and stakes.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    ids::{InvestorId, OwnerId},
    investor::{
        Kind, ScreeningOutcome,
        ownership::{Holding, NewParty, NewStake, Node, Stake as Edge},
    },
    reference::Country,
};
use rust_decimal::Decimal;
use uuid::Uuid;

rows! {
    /// An owner who is no investor.
    #[derive(Debug, Clone)]
    pub struct Party {
        /// The id.
        pub id: OwnerId,
        /// Natural or legal person.
        pub kind: Kind,
        /// Full name.
        pub name: String,
        /// Date of birth of a natural person.
        pub birth_date: Option<NaiveDate>,
        /// Country in which they reside or are established.
        pub residence: Option<Country>,
        /// Number of a passport or in a register.
        pub identifier: Option<String>,
        /// Result of the latest screening.
        pub outcome: Option<ScreeningOutcome>,
        /// When it was run.
        pub screened_at: Option<DateTime<Utc>>,
        /// Who or what ran it.
        pub source: Option<String>,
        /// When it was recorded.
        pub recorded_at: DateTime<Utc>,
    }

    /// A stake.
    #[derive(Debug, Clone)]
    pub struct Stake {
        /// The id.
        pub id: Uuid,
        /// The owner, if an investor.
        pub owner_investor_id: Option<InvestorId>,
        /// The owner, if no investor.
        pub owner_party_id: Option<OwnerId>,
        /// What is owned, if an investor.
        pub owned_investor_id: Option<InvestorId>,
        /// What is owned, if no investor.
        pub owned_party_id: Option<OwnerId>,
        /// Share, in per cent.
        pub percent: Decimal,
        /// First day.
        pub since: NaiveDate,
        /// Last day, as first recorded.
        pub until: Option<NaiveDate>,
        /// Where the evidence is kept.
        pub reference: Option<String>,
        /// Whether it has ended, or never was.
        pub ended: bool,
        /// Its last day, if it has ended; none if it never was.
        pub ended_on: Option<NaiveDate>,
        /// Why it has ended.
        pub end_reason: Option<String>,
        /// When it was recorded.
        pub recorded_at: DateTime<Utc>,
    }

    /// A stake, as far as what is owned in all depends on it.
    #[derive(Debug, Clone, Copy)]
    pub struct HoldingRow {
        /// Share, in per cent.
        pub percent: Decimal,
        /// First day.
        pub since: NaiveDate,
        /// Last day.
        pub until: Option<NaiveDate>,
    }

    /// Somebody behind an organisation.
    #[derive(Debug, Clone)]
    pub struct OwnerBehind {
        /// The id, of an investor or a party.
        pub id: Uuid,
        /// Natural or legal person.
        pub kind: Kind,
        /// Full name.
        pub name: String,
        /// Country in which they reside or are established.
        pub residence: Option<Country>,
        /// Whether they are an investor.
        pub is_investor: bool,
        /// Whether their latest screening found a match.
        pub sanctioned: bool,
    }

    /// A stake behind an organisation.
    #[derive(Debug, Clone, Copy)]
    pub struct StakeBehind {
        /// The id.
        pub id: Uuid,
        /// The owner.
        pub owner_id: Uuid,
        /// What is owned.
        pub owned_id: Uuid,
        /// Share, in per cent.
        pub percent: Decimal,
        /// First day.
        pub since: NaiveDate,
        /// Last day.
        pub until: Option<NaiveDate>,
    }
}

parameters! {
    /// An owner that is to be recorded.
    #[derive(Debug, Clone)]
    pub struct PartyFields<'a> {
        /// Natural or legal person.
        pub kind: Kind,
        /// Full name.
        pub name: &'a str,
        /// Date of birth of a natural person.
        pub birth_date: Option<NaiveDate>,
        /// Country in which they reside or are established.
        pub residence: Option<Country>,
        /// Number of a passport or in a register.
        pub identifier: Option<&'a str>,
    }

    /// A stake that is to be recorded.
    #[derive(Debug, Clone)]
    pub struct StakeFields<'a> {
        /// The owner, if an investor.
        pub owner_investor_id: Option<InvestorId>,
        /// The owner, if no investor.
        pub owner_party_id: Option<OwnerId>,
        /// What is owned, if an investor.
        pub owned_investor_id: Option<InvestorId>,
        /// What is owned, if no investor.
        pub owned_party_id: Option<OwnerId>,
        /// Share, in per cent.
        pub percent: Decimal,
        /// First day.
        pub since: NaiveDate,
        /// Last day.
        pub until: Option<NaiveDate>,
        /// Where the evidence is kept.
        pub reference: Option<&'a str>,
    }
}

impl<'a> From<&'a NewParty> for PartyFields<'a> {
    fn from(party: &'a NewParty) -> Self {
        Self {
            kind: party.kind,
            name: &party.name,
            birth_date: party.birth_date,
            residence: party.residence,
            identifier: party.identifier.as_deref(),
        }
    }
}

impl<'a> From<&'a NewStake> for StakeFields<'a> {
    fn from(stake: &'a NewStake) -> Self {
        Self {
            owner_investor_id: stake.owner_investor_id,
            owner_party_id: stake.owner_party_id,
            owned_investor_id: stake.owned_investor_id,
            owned_party_id: stake.owned_party_id,
            percent: stake.percent,
            since: stake.since,
            until: stake.until,
            reference: stake.reference.as_deref(),
        }
    }
}

impl From<HoldingRow> for Holding {
    fn from(row: HoldingRow) -> Self {
        Self { percent: row.percent, since: row.since, until: row.until }
    }
}

impl From<&OwnerBehind> for Node {
    fn from(row: &OwnerBehind) -> Self {
        Self { id: row.id, kind: row.kind, sanctioned: row.sanctioned }
    }
}

impl From<&StakeBehind> for Edge {
    fn from(row: &StakeBehind) -> Self {
        Self { owner: row.owner_id, owned: row.owned_id, percent: row.percent }
    }
}

statements! { "ownership";
    /// Records an owner who is no investor.
    execute add_party(id: OwnerId) { party: PartyFields<'_> };

    /// An owner who is no investor.
    optional party(id: OwnerId) -> Party;

    /// Owners who are no investors, by their ids, which are as old as they are.
    page parties() -> Party, by "p.id" ("uuid": OwnerId);

    /// Records a screening of an owner who is no investor.
    execute add_party_screening(
        id: Uuid,
        party: OwnerId,
        outcome: ScreeningOutcome,
        screened_at: DateTime<Utc>,
        source: &str,
    );

    /// Whether an investor is a natural or a legal person.
    optional kind_of_investor(id: InvestorId) -> Kind;

    /// Records a stake.
    execute add_stake(id: Uuid) { stake: StakeFields<'_> };

    /// A stake.
    optional stake(id: Uuid) -> Stake;

    /// Ends a stake, once.
    execute end_stake(id: Uuid, until: Option<NaiveDate>, reason: &str);

    /// Lets nobody else change who owns something until the transaction ends.
    one hold_owned(owned: Uuid) -> bool;

    /// The stakes in something, on whatever days.
    all holdings_in(owned: Uuid) -> HoldingRow;

    /// The target and everybody behind it on a day, up to so many.
    all owners_behind(target: Uuid, on: NaiveDate, most: i64) -> OwnerBehind;

    /// The stakes in these on a day.
    all stakes_behind(owned: Vec<Uuid>, on: NaiveDate) -> StakeBehind;
}
