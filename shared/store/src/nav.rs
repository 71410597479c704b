//! Net asset values: their versions, and those that wait for a second person.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Result,
    fund::{self, ImportLine, NavCorrection, NavPublication, Near, ProposalState, Surroundings},
    ids::{ApiKeyId, NavId, NavProposalId, ShareClassId, UserId},
    money::Currency,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::{Connection, on_constraint};

/// A net asset value that counts.
#[derive(Debug, Clone)]
pub struct Nav {
    /// Which version of the value it is.
    pub id: NavId,
    /// The day whose closing values it was computed from.
    pub nav_date: NaiveDate,
    /// Value of a share in the currency of its class.
    pub per_share: Decimal,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Source of the price.
    pub source: String,
}

parameters! {
    /// A version that is to be kept.
    #[derive(Debug, Clone)]
    pub struct NewVersion<'a> {
        /// The id.
        pub id: NavId,
        /// Of which class.
        pub share_class: ShareClassId,
        /// The day whose closing values it was computed from.
        pub nav_date: NaiveDate,
        /// Value of a share in the currency of the class.
        pub per_share: Decimal,
        /// When it is published.
        pub published_at: DateTime<Utc>,
        /// The version that it corrects.
        pub replaces: Option<NavId>,
        /// Reason.
        pub reason: Option<&'a str>,
        /// Who publishes it.
        pub published_by: UserId,
        /// Id of the key that encrypts it.
        pub published_with: Option<ApiKeyId>,
        /// The second person, where one was needed.
        pub approved_by: Option<UserId>,
    }

    /// A value that is to wait for a second person.
    #[derive(Debug, Clone)]
    pub struct NewProposal<'a> {
        /// The id.
        pub id: NavProposalId,
        /// Of which class.
        pub share_class: ShareClassId,
        /// The day whose closing values it was computed from.
        pub nav_date: NaiveDate,
        /// Value of a share in the currency of the class.
        pub per_share: Decimal,
        /// The version that it would correct.
        pub replaces: Option<NavId>,
        /// Reason.
        pub reason: Option<&'a str>,
        /// How far it moves, in hundredths of a per cent; none beyond all numbers.
        pub move_bps: Option<Decimal>,
        /// Who proposes it.
        pub proposed_by: UserId,
        /// Id of the key that encrypts it.
        pub proposed_with: Option<ApiKeyId>,
        /// Who has made that.
        pub key_made_by: Option<UserId>,
        /// When it was created.
        pub proposed_at: DateTime<Utc>,
    }
}

rows! {
    /// A value as it was published at some time.
    #[derive(Debug, Clone)]
    pub struct NavVersion {
        /// The id.
        pub id: NavId,
        /// Where it stands among the versions of its class.
        pub position: i64,
        /// The day whose closing values it was computed from.
        pub nav_date: NaiveDate,
        /// Value of a share in the currency of its class.
        pub per_share: Decimal,
        /// When it was published.
        pub published_at: DateTime<Utc>,
        /// Source of the price.
        pub source: String,
        /// The version that it corrects.
        pub replaces: Option<NavId>,
        /// Reason.
        pub reason: Option<String>,
        /// Whether a second person has approved it.
        pub approved: bool,
        /// The version that has corrected it.
        pub replaced_by: Option<NavId>,
    }

    /// A value of a day.
    #[derive(Debug, Clone, Copy)]
    pub struct Point {
        /// The day whose closing values it was computed from.
        pub nav_date: NaiveDate,
        /// Value of a share in the currency of its class.
        pub per_share: Decimal,
    }

    /// A value that waits for a second person, or has waited.
    #[derive(Debug, Clone)]
    pub struct Proposal {
        /// The id.
        pub id: NavProposalId,
        /// The day whose closing values it was computed from.
        pub nav_date: NaiveDate,
        /// Value of a share.
        pub per_share: Decimal,
        /// The currency of the class.
        pub currency: Currency,
        /// The version that it would correct.
        pub replaces: Option<NavId>,
        /// Reason.
        pub reason: Option<String>,
        /// How far it moves, in hundredths of a per cent; none beyond all numbers. Text, since it may have more digits than an
        /// amount.
        pub move_bps: Option<String>,
        /// How far it may.
        pub nav_move_limit_bps: i32,
        /// Its outcome.
        pub state: ProposalState,
        /// Who proposed it, by themselves or by a key.
        pub proposed_by: UserId,
        /// The key.
        pub proposed_with: Option<ApiKeyId>,
        /// Who had made that.
        pub key_made_by: Option<UserId>,
        /// When it was created.
        pub proposed_at: DateTime<Utc>,
        /// Who decided, or whose value took its place.
        pub decided_by: Option<UserId>,
        /// When it was created.
        pub decided_at: Option<DateTime<Utc>>,
        /// Why it was turned down.
        pub decision_reason: Option<String>,
        /// The version that it became.
        pub version_id: Option<NavId>,
    }

    /// Who publishes a value.
    #[derive(Debug, Clone, Copy)]
    pub struct Author {
        /// The person.
        pub person: UserId,
        /// Their key, when a machine acts for them.
        pub key: Option<ApiKeyId>,
        /// Who made that key, and so may still hold it, though somebody else stands for it now.
        pub key_maker: Option<UserId>,
    }

    /// What is published on a day and around it; see [`Surroundings`].
    #[derive(Debug, Clone, Copy)]
    pub struct Around {
        /// The version that counts on the day.
        pub current_id: Option<NavId>,
        /// Its value.
        pub current_value: Option<Decimal>,
        /// The last value of the day that did not come of one person's correction.
        pub settled: Option<Decimal>,
        /// The value of the last day before.
        pub before: Option<Decimal>,
        /// The value of the first day after.
        pub after: Option<Decimal>,
        /// Whether what is replaced is a version of the day.
        pub replaces_known: bool,
    }
}

impl Proposal {
    /// What would be published.
    pub fn publication(&self) -> NavPublication {
        let corrects = self.replaces.zip(self.reason.clone());
        NavPublication {
            nav_date: self.nav_date,
            per_share: self.per_share,
            corrects: corrects.map(|(replaces, reason)| NavCorrection { replaces, reason }),
        }
    }

    /// Who proposed it.
    pub fn author(&self) -> Author {
        Author { person: self.proposed_by, key: self.proposed_with, key_maker: self.key_made_by }
    }
}

impl From<Around> for Surroundings {
    fn from(row: Around) -> Self {
        Self {
            current: row.current_id.zip(row.current_value),
            settled: row.settled,
            before: row.before,
            after: row.after,
            replaces_known: row.replaces_known,
        }
    }
}

statements! { "nav";
    /// Holds the values of a class until the end of the transaction.
    one lock(class: ShareClassId) -> bool;

    /// Whether a person may publish values for the tenant of this connection, now.
    one may_publish(person: UserId) -> bool;

    /// Who stands for a key, while it holds and is good for publishing.
    optional author_by_key(key: ApiKeyId) -> Author;

    /// What is published of a class on a day and around it.
    one surroundings(class: ShareClassId, day: NaiveDate, replaces: Option<NavId>) -> Around;

    /// Keeps a version of a value: it counts from now.
    execute add_version { version: NewVersion<'_> };

    /// Every version of the values of a class, or of that of one day, in the order in which they were published.
    page versions(class: ShareClassId, day: Option<NaiveDate>) -> NavVersion, by "v.position" ("bigint": i64);

    /// Keeps first versions of several days: a JSON list of `{id, nav_date, per_share}`, the amount as a string.
    execute add_versions(
        class: ShareClassId,
        versions: Value,
        now: DateTime<Utc>,
        person: UserId,
        key: Option<ApiKeyId>,
    );

    /// The values that count, by day: all, or the last one of each week or month.
    all series(class: ShareClassId, field: &str, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Point;

    /// Ends the waiting of whatever waits for one of these days: other values take their places.
    execute supersede_days(class: ShareClassId, days: Vec<String>, person: UserId, now: DateTime<Utc>);

    /// Keeps a value that waits.
    execute add_proposal { proposal: NewProposal<'_> };

    /// A value that waits, or has waited.
    optional proposal(class: ShareClassId, id: NavProposalId) -> Proposal;

    /// Values of a class that wait or have waited, by their ids, which are as old as they are.
    page proposals(class: ShareClassId, state: Option<ProposalState>) -> Proposal, by "p.id" ("uuid": NavProposalId);

    /// Ends the waiting of whatever waits for that day: another value takes its place.
    execute supersede(class: ShareClassId, day: NaiveDate, person: UserId, now: DateTime<Utc>);

    /// Ends the waiting of a value: `version` is what it became, `reason` why it was turned down.
    execute decide(
        id: NavProposalId,
        state: ProposalState,
        person: UserId,
        reason: Option<&str>,
        version: Option<NavId>,
        now: DateTime<Utc>,
    );
}

/// The values that a new one has to be near to.
///
/// # Errors
/// Those of [`Near::of`], and of the connection.
pub async fn near(db: &impl Connection, class: ShareClassId, publication: &NavPublication) -> Result<Near> {
    let replaces = publication.corrects.as_ref().map(|corrects| corrects.replaces);
    let around = surroundings(db, class, publication.nav_date, replaces).await?;
    Near::of(publication, &around.into())
}

/// Keeps a value as a version: it counts from now.
///
/// # Errors
/// [`fundrail_domain::Error::Conflict`] when another one was first.
pub async fn insert_version(
    db: &impl Connection,
    (id, class): (NavId, ShareClassId),
    publication: &NavPublication,
    (author, approver): (Author, Option<UserId>),
    now: DateTime<Utc>,
) -> Result<Nav> {
    let NavPublication { nav_date, per_share, ref corrects } = *publication;
    let version = NewVersion {
        id,
        share_class: class,
        nav_date,
        per_share,
        published_at: now,
        replaces: corrects.as_ref().map(|corrects| corrects.replaces),
        reason: corrects.as_ref().map(|corrects| corrects.reason.as_str()),
        published_by: author.person,
        published_with: author.key,
        approved_by: approver,
    };
    add_version(db, version)
        .await
        .map_err(on_constraint("nav_version_first_once", || fund::already_published(nav_date)))
        .map_err(on_constraint("nav_version_replaced_once", fund::replaced_already))?;
    Ok(Nav { id, nav_date, per_share, published_at: now, source: "issuer".to_owned() })
}

/// Keeps a value that waits, with how far it moves.
///
/// # Errors
/// Those of the connection.
pub async fn insert_proposal(
    db: &impl Connection,
    (id, class): (NavProposalId, ShareClassId),
    publication: &NavPublication,
    move_bps: Option<Decimal>,
    author: Author,
    now: DateTime<Utc>,
) -> Result<()> {
    let NavPublication { nav_date, per_share, ref corrects } = *publication;
    let proposal = NewProposal {
        id,
        share_class: class,
        nav_date,
        per_share,
        replaces: corrects.as_ref().map(|corrects| corrects.replaces),
        reason: corrects.as_ref().map(|corrects| corrects.reason.as_str()),
        move_bps,
        proposed_by: author.person,
        proposed_with: author.key,
        key_made_by: author.key_maker,
        proposed_at: now,
    };
    add_proposal(db, proposal).await.map(drop)
}

/// Keeps first versions of several days: they count from now, and whatever waits for these days no longer does.
///
/// # Errors
/// Those of the connection.
pub async fn insert_versions(
    db: &impl Connection,
    class: ShareClassId,
    versions: &[(NavId, ImportLine)],
    author: Author,
    now: DateTime<Utc>,
) -> Result<()> {
    let days = versions.iter().map(|(_, line)| line.nav_date.to_string()).collect();
    supersede_days(db, class, days, author.person, now).await?;
    let rows = versions.iter().map(
        |(id, line)| json!({ "id": id, "nav_date": line.nav_date, "per_share": line.per_share.to_string() }),
    );
    add_versions(db, class, rows.collect(), now, author.person, author.key).await.map(drop)
}
