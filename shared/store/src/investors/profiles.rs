//! Investors' profiles.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Error, Result,
    ids::{ApiKeyId, FundId, InvestorId, TenantId, UserId},
    investor::{Kind, Lei, Profile, Recorded},
    reference::{Country, Nationality, Region, WalletAddress},
};
use serde_json::Value;
use uuid::Uuid;

use super::document;
use crate::{Asked, Connection, on_constraint};

parameters! {
    /// The changeable part of a [`Profile`].
    #[derive(Debug, Clone)]
    pub struct Fields<'a> {
        /// Full name.
        pub name: &'a str,
        /// Former names, aliases and names in other scripts.
        pub other_names: &'a [String],
        /// Date of birth of a natural person.
        pub birth_date: Option<NaiveDate>,
        /// Date of incorporation of a legal person.
        pub incorporated_on: Option<NaiveDate>,
        /// Registration number of a legal person in the register of its home country.
        pub registration_number: Option<&'a str>,
        /// Date of incorporation of a legal person.
        pub lei: Option<&'a Lei>,
        /// Country in which a person resides or an organisation is established.
        pub residence: Country,
        /// Date of birth of a natural person.
        pub nationalities: &'a [Nationality],
        /// Residence permits of a natural person.
        pub permits: Value,
        /// Whether the money is that of a benefit plan.
        pub benefit_plan: bool,
        /// Who owns or controls an organisation; none when nobody has asked.
        pub beneficial_owners: Option<Value>,
        /// Documents received.
        pub acknowledgements: Value,
        /// In which part of the residence.
        pub region: Option<&'a Region>,
        /// Funds that they manage or advise.
        pub manages_funds: &'a [FundId],
    }

    /// What investors are found by. Every one that is given has to be met.
    #[derive(Debug, Clone, Copy)]
    pub struct Criteria<'a> {
        /// The beginnings of words of one of their names.
        pub name: Option<&'a str>,
        /// Their LEI.
        pub lei: Option<&'a Lei>,
        /// A wallet.
        pub wallet: Option<WalletAddress>,
        /// How many of these are given.
        pub given: i64,
    }
}

impl<'a> Fields<'a> {
    fn of(profile: &'a Profile) -> Result<Self> {
        Ok(Self {
            name: &profile.name,
            other_names: &profile.other_names,
            birth_date: profile.birth_date,
            incorporated_on: profile.incorporated_on,
            registration_number: profile.registration_number.as_deref(),
            lei: profile.lei.as_ref(),
            residence: profile.residence,
            nationalities: &profile.nationalities,
            permits: document(&profile.permits)?,
            benefit_plan: profile.benefit_plan,
            beneficial_owners: profile.beneficial_owners.as_ref().map(document).transpose()?,
            acknowledgements: document(&profile.acknowledgements)?,
            region: profile.region.as_ref(),
            manages_funds: &profile.manages_funds,
        })
    }
}

rows! {
    /// An investor with everything that belongs to it.
    #[derive(Debug, Clone)]
    pub struct Investor {
        /// The id.
        pub id: InvestorId,
        /// What is recorded of it.
        pub recorded: Recorded,
        /// Counts every change.
        pub version: i64,
        /// When it was recorded.
        pub created_at: DateTime<Utc>,
        /// When any of this last changed.
        pub updated_at: DateTime<Utc>,
    }

    /// An investor as a list shows it.
    #[derive(Debug, Clone)]
    pub struct InvestorSummary {
        /// The id.
        pub id: InvestorId,
        /// A person or an organisation.
        pub kind: Kind,
        /// Name.
        pub name: String,
        /// Country in which a person resides or an organisation is established.
        pub residence: Country,
        /// When it was recorded.
        pub created_at: DateTime<Utc>,
        /// When any of it last changed.
        pub updated_at: DateTime<Utc>,
    }
}

/// What a list of investors is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// People or organisations.
    pub kind: Option<Kind>,
    /// Where they reside.
    pub residence: Option<Country>,
    /// Each word of it begins a word of one of the investor's names.
    pub name: Option<String>,
    /// The investor with this LEI.
    pub lei: Option<Lei>,
    /// Of a wallet that the investor has, on whatever chain.
    pub wallet: Option<WalletAddress>,
}

statements! { "investors";
    /// One investor with everything that belongs to it.
    optional investor(id: InvestorId) -> Investor;

    /// Records who an investor is.
    execute insert_profile(tenant: TenantId, id: InvestorId, kind: Kind) { fields: Fields<'_> };

    /// Changes who an investor is, when it has this version still. Answers with the version of its identity.
    optional update_profile(id: InvestorId, version: i64) { fields: Fields<'_> } -> i64;

    /// Holds the row of an investor until the transaction ends.
    optional hold_investor(id: InvestorId) -> InvestorId;

    /// Counts a change, and answers with the version that was before; none when there is no such investor. Holds its row until the
    /// transaction ends.
    optional touch_investor(id: InvestorId) -> i64;

    /// Investors by their ids, which are as old as they are.
    page every_investor(kind: Option<Kind>, residence: Option<Country>) -> InvestorSummary, by "id" ("uuid": InvestorId);

    /// The same of those who meet every criterion that is given: first who does, by an index each,
    /// then who that is.
    page found_investors(kind: Option<Kind>, residence: Option<Country>) { criteria: Criteria<'_> } -> InvestorSummary,
        by "i.id" ("uuid": InvestorId);

    /// Remembers who has written this version of an investor: a person, or whoever is behind an API key. They do not approve it.
    execute note_author(id: InvestorId, person: Option<UserId>, key: Option<ApiKeyId>);

    /// Keeps what a change has changed, encrypted by a key.
    execute insert_change(id: Uuid, investor: InvestorId, sealed: &str, key_id: &str);
}

/// Records who an investor is.
///
/// # Errors
/// [`Error::Conflict`] when another investor of the tenant has the same LEI.
pub async fn insert_investor(
    db: &impl Connection,
    tenant: TenantId,
    id: InvestorId,
    profile: &Profile,
) -> Result<()> {
    let inserted = insert_profile(db, tenant, id, profile.kind, Fields::of(profile)?);
    inserted.await.map(drop).map_err(on_constraint("investor_lei", lei_taken))
}

/// Changes who an investor is; none when it has another version by now. Answers with the version of its identity, which the
/// database counts.
///
/// # Errors
/// [`Error::Conflict`] when another investor of the tenant has the same LEI.
pub async fn update_investor(
    db: &impl Connection,
    id: InvestorId,
    version: i64,
    profile: &Profile,
) -> Result<Option<i64>> {
    let updated = update_profile(db, id, version, Fields::of(profile)?);
    updated.await.map_err(on_constraint("investor_lei", lei_taken))
}

/// Investors by their ids, which are as old as they are; one more than `limit` when there are more.
///
/// # Errors
/// Those of the connection.
pub async fn investors(
    db: &impl Connection,
    filter: &Filter,
    page: &Asked<InvestorId>,
) -> Result<Vec<InvestorSummary>> {
    let Filter { kind, residence, name, lei, wallet } = filter;
    let given = i64::from(name.is_some()) + i64::from(lei.is_some()) + i64::from(wallet.is_some());
    if given == 0 {
        return every_investor(db, page, *kind, *residence).await;
    }
    let criteria = Criteria { name: name.as_deref(), lei: lei.as_ref(), wallet: *wallet, given };
    found_investors(db, page, *kind, *residence, criteria).await
}

fn lei_taken() -> Error {
    Error::conflict("lei_taken", "another investor of this tenant has this LEI")
}
