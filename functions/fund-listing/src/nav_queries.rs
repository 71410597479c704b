//! The SQL of net asset values and their versions.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_api::funds::{Nav, NavProposal, NavVersion};
use fundrail_domain::{
    Error, Result,
    fund::{NavCorrection, NavPublication, Near, ProposalState},
    ids::{FundId, ShareClassId},
    money::Currency,
    time::rfc3339,
};
use fundrail_platform::{
    Asked,
    db::{Db, Row, on_constraint},
    ordered, params,
};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::queries::{amount, count};

/// Who publishes a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Author {
    /// The person.
    pub(crate) person: Uuid,
    /// Their key, when a machine acts for them.
    pub(crate) key: Option<Uuid>,
    /// Who made that key, and so may still hold it, though somebody else stands for it now.
    pub(crate) key_maker: Option<Uuid>,
}

/// A value that waits, or waited.
pub(crate) struct Proposal {
    pub(crate) shown: NavProposal,
    pub(crate) publication: NavPublication,
    pub(crate) author: Author,
}

/// Which versions a list shows.
pub(crate) struct VersionFilter {
    /// Of this day alone.
    pub(crate) nav_date: Option<NaiveDate>,
    /// Those after this position.
    pub(crate) after: i64,
}

/// Holds the values of a class until the end of the transaction.
pub(crate) async fn lock(db: &Db, class: ShareClassId) -> Result<()> {
    db.query("select true as held from nav_lock($1)", params![class], |_| Ok(())).await.map(drop)
}

/// Whether a person may publish values for the tenant of this connection, now.
pub(crate) async fn may_publish(db: &Db, person: Uuid) -> Result<bool> {
    const SQL: &str = "select app_member_may($1, 'funds:write') as may";
    db.one(SQL, params![person], |row| row.get("may")).await
}

/// Who stands for a key, while it holds and is good for publishing.
pub(crate) async fn author_by_key(db: &Db, key: Uuid) -> Result<Option<Author>> {
    const SQL: &str = "select created_by, made_by from api_key \
        where id = $1 and revoked_at is null and expires_at > now() and 'funds:write' = any (scopes)";
    db.optional(SQL, params![key], |row| {
        Ok(Author { person: row.get("created_by")?, key: Some(key), key_maker: Some(row.get("made_by")?) })
    })
    .await
}

/// The values that a new one has to be near to.
///
/// # Errors
/// [`Error::Conflict`] when the day has a value already that it does not replace, or it replaces one that no longer counts;
/// [`Error::Invalid`] when it replaces none of that day, or by the same.
pub(crate) async fn near(db: &Db, class: ShareClassId, publication: &NavPublication) -> Result<Near> {
    const CURRENT: &str = "select version_id, per_share::text as per_share from nav \
        where share_class_id = $1 and nav_date = $2::text::date";
    const KNOWN: &str = "select id from nav_version \
        where id = $3 and share_class_id = $1 and nav_date = $2::text::date";
    let day = || params![class, publication.nav_date];
    let current = db
        .optional(CURRENT, day(), |row| {
            Ok((row.get::<Uuid>("version_id")?, row.parse::<Decimal>("per_share")?))
        })
        .await?;
    let (before, after) = neighbours(db, class, publication.nav_date).await?;
    let mut values: Vec<Decimal> = before.or(after).into_iter().collect();
    match (&publication.corrects, current) {
        (None, None) => Ok(Near { values, onward: before.zip(after) }),
        (None, Some(_)) => Err(already_published(publication.nav_date)),
        (Some(corrects), Some((id, value))) if corrects.replaces == id => {
            if value == publication.per_share {
                return Err(Error::field("/nav_per_share", "is the value that it replaces"));
            }
            values.push(value);
            values.extend(settled(db, class, publication.nav_date).await?);
            Ok(Near { values, onward: before.and(after).map(|after| (value, after)) })
        }
        (Some(corrects), _) => {
            let parameters = params![class, publication.nav_date, corrects.replaces];
            match db.optional(KNOWN, parameters, |row| row.get::<Uuid>("id")).await? {
                Some(_) => Err(replaced()),
                None => Err(Error::field("/replaces", "is no version of the value of that day")),
            }
        }
    }
}

/// The values of the day before and of the day after, as far as there are such.
async fn neighbours(
    db: &Db,
    class: ShareClassId,
    day: NaiveDate,
) -> Result<(Option<Decimal>, Option<Decimal>)> {
    const SQL: &str = "select \
        (select per_share::text from nav where share_class_id = $1 and nav_date < $2::text::date \
         order by nav_date desc limit 1) as before, \
        (select per_share::text from nav where share_class_id = $1 and nav_date > $2::text::date \
         order by nav_date limit 1) as after";
    let read = |row: &Row| Ok((row.parse_optional("before")?, row.parse_optional("after")?));
    db.one(SQL, params![class, day], read).await
}

/// The last value of a day that did not come of one person's correction: its first, or one that a second person has approved.
async fn settled(db: &Db, class: ShareClassId, day: NaiveDate) -> Result<Option<Decimal>> {
    const SQL: &str = "select per_share::text as per_share from nav_version \
        where share_class_id = $1 and nav_date = $2::text::date and (replaces is null or approved_by is not null) \
        order by position desc limit 1";
    db.optional(SQL, params![class, day], |row| row.parse("per_share")).await
}

/// Keeps a value as a version: it counts from now.
///
/// # Errors
/// [`Error::Conflict`] when another one was first.
pub(crate) async fn insert_version(
    db: &Db,
    (id, class): (Uuid, ShareClassId),
    publication: &NavPublication,
    currency: Currency,
    (author, approver): (Author, Option<Uuid>),
    now: DateTime<Utc>,
) -> Result<Nav> {
    const SQL: &str = "insert into nav_version \
        (id, share_class_id, position, nav_date, per_share, published_at, source, replaces, reason, published_by, \
         published_with, approved_by) \
        values ($1, $2, 0, $3::text::date, $4::text::numeric, $5::text::timestamptz, 'issuer', $6, $7, $8, $9, $10)";
    let NavPublication { nav_date, per_share, corrects } = publication;
    let parameters = params![
        id,
        class,
        *nav_date,
        *per_share,
        now,
        corrects.as_ref().map(|corrects| corrects.replaces),
        corrects.as_ref().map(|corrects| corrects.reason.as_str()),
        author.person,
        author.key,
        approver
    ];
    let written = db.execute(SQL, parameters).await;
    let written = written.map_err(on_constraint("nav_version_first_once", || already_published(*nav_date)));
    written.map_err(on_constraint("nav_version_replaced_once", replaced))?;
    Ok(Nav {
        id,
        nav_date: *nav_date,
        per_share: amount(per_share.to_string(), currency),
        published_at: rfc3339(now),
        source: "issuer".to_owned(),
    })
}

/// Takes the place of whatever waits for that day.
pub(crate) async fn supersede(
    db: &Db,
    class: ShareClassId,
    day: NaiveDate,
    person: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    const SQL: &str = "update nav_proposal set state = 'superseded', decided_by = $3, decided_at = $4::text::timestamptz \
        where share_class_id = $1 and nav_date = $2::text::date and state = 'pending'";
    db.execute(SQL, params![class, day, person, now]).await.map(drop)
}

/// Keeps a value that waits.
pub(crate) async fn insert_proposal(
    db: &Db,
    (id, class): (Uuid, ShareClassId),
    publication: &NavPublication,
    move_bps: Option<Decimal>,
    author: Author,
    now: DateTime<Utc>,
) -> Result<()> {
    const SQL: &str = "insert into nav_proposal \
        (id, share_class_id, nav_date, per_share, replaces, reason, move_bps, proposed_by, proposed_with, \
         key_made_by, proposed_at) \
        values ($1, $2, $3::text::date, $4::text::numeric, $5, $6, $7::text::numeric, $8, $9, $10, $11::text::timestamptz)";
    let parameters = params![
        id,
        class,
        publication.nav_date,
        publication.per_share,
        publication.corrects.as_ref().map(|corrects| corrects.replaces),
        publication.corrects.as_ref().map(|corrects| corrects.reason.as_str()),
        move_bps,
        author.person,
        author.key,
        author.key_maker,
        now
    ];
    db.execute(SQL, parameters).await.map(drop)
}

/// Ends the waiting of a value.
pub(crate) async fn decide(
    db: &Db,
    id: Uuid,
    state: ProposalState,
    person: Uuid,
    reason: Option<&str>,
    version: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    const SQL: &str = "update nav_proposal \
        set state = $2, decided_by = $3, decision_reason = $4, version_id = $5, decided_at = $6::text::timestamptz \
        where id = $1 and state = 'pending'";
    db.execute(SQL, params![id, state.word(), person, reason, version, now]).await.map(drop)
}

macro_rules! select_proposal {
    ($rest:literal) => {
        concat!(
            "select p.id, p.nav_date::text as nav_date, p.per_share::text as per_share, p.replaces, p.reason, \
             p.move_bps::text as move_bps, c.nav_move_limit_bps, p.state, p.proposed_by, p.proposed_with, p.key_made_by, \
             rfc3339(p.proposed_at) as proposed_at, p.decided_by, rfc3339(p.decided_at) as decided_at, \
             p.decision_reason, p.version_id \
             from nav_proposal p join share_class c on c.id = p.share_class_id where p.share_class_id = $1 ",
            $rest
        )
    };
}

/// A value that waits, or waited.
pub(crate) async fn proposal(
    db: &Db,
    class: ShareClassId,
    id: Uuid,
    currency: Currency,
) -> Result<Option<Proposal>> {
    const SQL: &str = select_proposal!("and p.id = $2");
    db.optional(SQL, params![class, id], |row| read_proposal(row, currency)).await
}

/// Values that wait or waited, newest first.
pub(crate) async fn proposals(
    db: &Db,
    class: ShareClassId,
    state: Option<ProposalState>,
    page: &Asked,
    currency: Currency,
) -> Result<Vec<NavProposal>> {
    let sql = ordered!(
        page.order,
        select_proposal!("and ($2::text is null or p.state = $2)"),
        by "p.id" after "$3::uuid", "limit $4"
    );
    let parameters = params![class, state.map(ProposalState::word), page.after, page.limit_and_one()];
    db.query(sql, parameters, |row| Ok(read_proposal(row, currency)?.shown)).await
}

fn read_proposal(row: &Row, currency: Currency) -> Result<Proposal> {
    let (nav_date, per_share): (NaiveDate, Decimal) = (row.parse("nav_date")?, row.parse("per_share")?);
    let (replaces, reason) = (row.get::<Option<Uuid>>("replaces")?, row.get::<Option<String>>("reason")?);
    let author = Author {
        person: row.get("proposed_by")?,
        key: row.get("proposed_with")?,
        key_maker: row.get("key_made_by")?,
    };
    let corrects = replaces.zip(reason.clone()).map(|(replaces, reason)| NavCorrection { replaces, reason });
    let shown = NavProposal {
        id: row.get("id")?,
        nav_date,
        per_share: amount(per_share.to_string(), currency),
        replaces,
        reason,
        move_bps: row.get("move_bps")?,
        limit_bps: row.get("nav_move_limit_bps")?,
        state: row.parse("state")?,
        proposed_by: author.person,
        proposed_at: row.get("proposed_at")?,
        decided_by: row.get("decided_by")?,
        decided_at: row.get("decided_at")?,
        decision_reason: row.get("decision_reason")?,
        nav_id: row.get("version_id")?,
    };
    Ok(Proposal { shown, publication: NavPublication { nav_date, per_share, corrects }, author })
}

/// The currency of a class of a fund.
pub(crate) async fn currency(db: &Db, fund: FundId, class: ShareClassId) -> Result<Option<Currency>> {
    const SQL: &str = "select currency from share_class where id = $1 and fund_id = $2";
    db.optional(SQL, params![class, fund], |row| row.parse("currency")).await
}

/// Every version of the values of a class, in the order in which they were published.
pub(crate) async fn versions(
    db: &Db,
    class: ShareClassId,
    filter: &VersionFilter,
    currency: Currency,
    limit: usize,
) -> Result<Vec<NavVersion>> {
    const SQL: &str = "select v.id, v.position, v.nav_date::text as nav_date, v.per_share::text as per_share, \
            rfc3339(v.published_at) as published_at, v.source, v.replaces, v.reason, \
            v.approved_by is not null as approved, by.id as replaced_by \
        from nav_version v left join nav_version by on by.replaces = v.id \
        where v.share_class_id = $1 and v.position > $2 and ($3::text is null or v.nav_date = $3::text::date) \
        order by v.position limit $4";
    let parameters = params![class, filter.after, filter.nav_date, count(limit)];
    db.query(SQL, parameters, |row| {
        Ok(NavVersion {
            id: row.get("id")?,
            position: row.get("position")?,
            nav_date: row.parse("nav_date")?,
            per_share: amount(row.get("per_share")?, currency),
            published_at: row.get("published_at")?,
            source: row.get("source")?,
            replaces: row.get("replaces")?,
            reason: row.get("reason")?,
            replaced_by: row.get("replaced_by")?,
            approved: row.get("approved")?,
        })
    })
    .await
}

fn already_published(day: NaiveDate) -> Error {
    let detail = format!(
        "the share class has a net asset value of {day}; a correction names the one that it replaces"
    );
    Error::conflict("nav_already_published", detail)
}

fn replaced() -> Error {
    Error::conflict(
        "nav_replaced",
        "another value has taken the place of the one that this replaces; read it again",
    )
}
