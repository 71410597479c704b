//! The SQL of investors.

use chrono::{DateTime, Utc};
use fundrail_api::investors::{Investor, InvestorSummary, Revocation, RevocationSubject};
use fundrail_domain::{
    Error, Result,
    ids::InvestorId,
    investor::{
        Classification, Kind, Kyc, Lei, NewWallet, Profile, Recorded, RecordedWallet, Screening,
        proof::{Answer, Challenge},
    },
    reference::{Country, Nationality, WalletAddress},
};
use fundrail_platform::{
    Asked, Order,
    db::{Db, Row, on_constraint},
    ordered, params, random,
    secrets::Sealed,
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// An investor as the database has it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) id: InvestorId,
    pub(crate) recorded: Recorded,
    pub(crate) version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Stored {
    /// As answers have it.
    pub(crate) fn into_api(self) -> Investor {
        Investor::new(self.id, self.recorded, self.version, (self.created_at, self.updated_at))
    }
}

/// Records who an investor is.
pub(crate) async fn insert_investor(db: &Db, tenant: Uuid, id: InvestorId, profile: &Profile) -> Result<()> {
    const SQL: &str = "insert into investor \
        (tenant_id, id, kind, name, other_names, birth_date, incorporated_on, registration_number, lei, residence, \
         nationalities, permits, benefit_plan, beneficial_owners, acknowledgements, region, manages_funds) \
        values ($1, $2, $3, $4, $5, $6::text::date, $7::text::date, $8, $9, $10, $11, $12::text::jsonb, $13, \
         $14::text::jsonb, $15::text::jsonb, $16, $17::text[]::uuid[])";
    let parameters = params![
        tenant,
        id,
        profile.kind.word(),
        &profile.name,
        profile.other_names.clone(),
        profile.birth_date,
        profile.incorporated_on,
        profile.registration_number.clone(),
        profile.lei.as_ref().map(|lei| lei.as_str().to_owned()),
        profile.residence.code(),
        codes(&profile.nationalities),
        document(&profile.permits)?,
        profile.benefit_plan,
        profile.beneficial_owners.as_ref().map(document).transpose()?,
        document(&profile.acknowledgements)?,
        profile.region.as_ref().map(|region| region.code().to_owned()),
        funds(profile)
    ];
    db.execute(SQL, parameters).await.map(drop).map_err(on_constraint("investor_lei", lei_taken))
}

/// Changes the fields of an investor; none when it has another version by now. Answers with the version of its identity,
/// which the database counts.
pub(crate) async fn update_investor(
    db: &Db,
    id: InvestorId,
    version: i64,
    profile: &Profile,
) -> Result<Option<i64>> {
    const SQL: &str = "update investor set name = $3, other_names = $4, birth_date = $5::text::date, \
            incorporated_on = $6::text::date, registration_number = $7, lei = $8, residence = $9, \
            nationalities = $10, permits = $11::text::jsonb, benefit_plan = $12, \
            beneficial_owners = $13::text::jsonb, acknowledgements = $14::text::jsonb, region = $15, \
            manages_funds = $16::text[]::uuid[], version = version + 1, updated_at = now() \
        where id = $1 and version = $2 \
        returning identity_version";
    let parameters = params![
        id,
        version,
        &profile.name,
        profile.other_names.clone(),
        profile.birth_date,
        profile.incorporated_on,
        profile.registration_number.clone(),
        profile.lei.as_ref().map(|lei| lei.as_str().to_owned()),
        profile.residence.code(),
        codes(&profile.nationalities),
        document(&profile.permits)?,
        profile.benefit_plan,
        profile.beneficial_owners.as_ref().map(document).transpose()?,
        document(&profile.acknowledgements)?,
        profile.region.as_ref().map(|region| region.code().to_owned()),
        funds(profile)
    ];
    let changed = db.optional(SQL, parameters, |row| row.get("identity_version")).await;
    changed.map_err(on_constraint("investor_lei", lei_taken))
}

/// Holds the row of an investor until the transaction ends.
pub(crate) async fn hold_investor(db: &Db, id: InvestorId) -> Result<()> {
    const SQL: &str = "select 1 from investor where id = $1 for no key update";
    db.execute(SQL, params![id]).await.map(drop)
}

/// Counts a change, and answers with the version that was before; none when there is no such investor. Holds its row until the
/// transaction ends.
pub(crate) async fn touch_investor(db: &Db, id: InvestorId) -> Result<Option<i64>> {
    const SQL: &str = "update investor set version = version + 1, updated_at = now() \
        where id = $1 returning version - 1 as before";
    db.optional(SQL, params![id], |row| row.get("before")).await
}

/// Registers wallets of an investor.
///
/// # Errors
/// [`Error::Conflict`] naming the first wallet that the tenant has registered before.
pub(crate) async fn insert_wallets(db: &Db, id: InvestorId, wallets: &[NewWallet]) -> Result<()> {
    const SQL: &str = "insert into investor_wallet (tenant_id, id, investor_id, chain_id, address) \
        select app_tenant_id(), w.id, $1, w.chain_id, lower(w.address) \
        from jsonb_to_recordset($2::text::jsonb) as w (id uuid, chain_id bigint, address text) \
        on conflict (tenant_id, chain_id, address) where removed_at is null do nothing \
        returning chain_id, address";
    if wallets.is_empty() {
        return Ok(());
    }
    let read = |row: &Row| Ok((row.get::<i64>("chain_id")?, row.parse::<WalletAddress>("address")?));
    let stored = db.query(SQL, params![id, with_ids(wallets).0], read).await?;
    let taken = wallets.iter().find(|wallet| {
        !stored.iter().any(|(chain, address)| {
            u64::try_from(*chain).is_ok_and(|chain| chain == wallet.chain_id) && *address == wallet.address
        })
    });
    match taken {
        None => Ok(()),
        Some(wallet) => Err(wallet_taken(db, wallet).await?),
    }
}

async fn wallet_taken(db: &Db, wallet: &NewWallet) -> Result<Error> {
    const SQL: &str = "select investor_id::text as investor_id from investor_wallet \
        where chain_id = $1::text::bigint and address = lower($2) and removed_at is null";
    let (chain, address) = (wallet.chain_id.to_string(), wallet.address.to_string());
    let owner = db.optional(SQL, params![&chain, &address], |row| row.get::<String>("investor_id")).await?;
    let owner = owner.unwrap_or_default();
    Ok(Error::conflict(
        "wallet_taken",
        format!("the wallet {address} on chain {chain} is registered to the investor {owner}"),
    ))
}

/// A wallet that the investor has.
pub(crate) async fn wallet(db: &Db, id: InvestorId, wallet: Uuid) -> Result<Option<RecordedWallet>> {
    const SQL: &str = "select chain_id, address, rfc3339(proven_at) as proven_at from investor_wallet \
        where investor_id = $1 and id = $2 and removed_at is null";
    db.optional(SQL, params![id, wallet], |row| {
        let chain_id = u64::try_from(row.get::<i64>("chain_id")?);
        Ok(RecordedWallet {
            id: wallet,
            chain_id: chain_id.map_err(|_| Error::internal("a chain has a negative id"))?,
            address: row.parse("address")?,
            verified_at: row.parse_optional("proven_at")?,
        })
    })
    .await
}

/// Keeps a challenge; those of the wallet that have run out unanswered go.
pub(crate) async fn insert_challenge(db: &Db, challenge: &Challenge<'_>, message: &str) -> Result<()> {
    const SQL: &str = "with over as ( \
            delete from wallet_challenge where wallet_id = $2 and used_at is null and expires_at <= now()) \
        insert into wallet_challenge (tenant_id, id, wallet_id, message, issued_at, expires_at) \
        values (app_tenant_id(), $1, $2, $3, $4::text::timestamptz, $5::text::timestamptz)";
    let times = (challenge.issued_at, challenge.expires_at());
    let parameters = params![challenge.id, challenge.wallet_id, message, times.0, times.1];
    db.execute(SQL, parameters).await.map(drop)
}

/// A challenge that was posed for a wallet.
pub(crate) struct Posed {
    pub(crate) message: String,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) used: bool,
}

/// The challenge with this id, if it was posed for this wallet. Holds its row until the transaction ends.
pub(crate) async fn posed(db: &Db, wallet: Uuid, challenge: Uuid) -> Result<Option<Posed>> {
    const SQL: &str = "select message, rfc3339(expires_at) as expires_at, used_at is not null as used \
        from wallet_challenge where wallet_id = $1 and id = $2 for update";
    db.optional(SQL, params![wallet, challenge], |row| {
        Ok(Posed {
            message: row.get("message")?,
            expires_at: row.parse("expires_at")?,
            used: row.get("used")?,
        })
    })
    .await
}

/// Uses up a challenge; it stays, with its signature.
pub(crate) async fn use_challenge(db: &Db, answer: &Answer, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "update wallet_challenge set used_at = $2::text::timestamptz, signature = $3 \
        where id = $1 and used_at is null";
    let used = db.execute(SQL, params![answer.challenge_id, now, answer.signature.to_string()]).await?;
    if used == 1 { Ok(()) } else { Err(Error::internal("a challenge was used up while it was held")) }
}

/// Records that control of a wallet is proven.
///
/// # Errors
/// [`Error::Conflict`] when it is proven to be another investor's, of whatever tenant.
pub(crate) async fn prove_wallet(
    db: &Db,
    wallet: &RecordedWallet,
    challenge: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    const SQL: &str =
        "update investor_wallet set proven_at = $3::text::timestamptz, proof_id = $2 where id = $1";
    let taken = || {
        let detail = format!(
            "the wallet {} on chain {} is proven to be another investor's; it has to be removed there first",
            wallet.address, wallet.chain_id
        );
        Error::conflict("wallet_proven_elsewhere", detail)
    };
    let proven = db.execute(SQL, params![wallet.id, challenge, now]).await;
    proven.map(drop).map_err(on_constraint("investor_wallet_proven_once", taken))
}

/// The list as JSON, each entry with a new id; and these ids.
fn with_ids<T: Serialize>(all: &[T]) -> (Value, Vec<Uuid>) {
    let mut rows = json!(all);
    let objects = rows.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut);
    let ids = objects.map(|row| {
        let id = random::new_id();
        row.insert("id".to_owned(), json!(id));
        id
    });
    let ids = ids.collect();
    (rows, ids)
}

/// Records classifications of an investor. Answers with their ids.
pub(crate) async fn insert_classifications(
    db: &Db,
    id: InvestorId,
    all: &[Classification],
) -> Result<Vec<Uuid>> {
    const SQL: &str = "insert into investor_classification \
        (tenant_id, id, investor_id, kind, evidence, reference, issued_on, expires_on, figures) \
        select app_tenant_id(), c.id, $1, c.kind, c.evidence, c.reference, c.issued_on, c.expires_on, c.figures \
        from jsonb_to_recordset($2::text::jsonb) as c (id uuid, kind text, evidence text, reference text, \
            issued_on date, expires_on date, figures jsonb)";
    if all.is_empty() {
        return Ok(vec![]);
    }
    let (rows, ids) = with_ids(all);
    db.execute(SQL, params![id, rows]).await?;
    Ok(ids)
}

/// Records a verification of who the investor is now. Answers with its id.
pub(crate) async fn insert_verification(db: &Db, id: InvestorId, kyc: &Kyc) -> Result<Uuid> {
    const SQL: &str = "insert into investor_verification \
        (tenant_id, id, investor_id, identity_version, status, verified_on, expires_on) \
        select i.tenant_id, $1, i.id, i.identity_version, $3, $4::text::date, $5::text::date \
        from investor i where i.id = $2";
    let statement = random::new_id();
    let parameters = params![statement, id, kyc.status.word(), kyc.verified_on, kyc.expires_on];
    db.execute(SQL, parameters).await?;
    Ok(statement)
}

/// Records a screening of who the investor is now. Answers with its id.
pub(crate) async fn insert_screening(db: &Db, id: InvestorId, screening: &Screening) -> Result<Uuid> {
    const SQL: &str = "insert into investor_screening \
        (tenant_id, id, investor_id, identity_version, outcome, screened_at, source) \
        select i.tenant_id, $1, i.id, i.identity_version, $3, $4::text::timestamptz, $5 \
        from investor i where i.id = $2";
    let statement = random::new_id();
    let parameters =
        params![statement, id, screening.outcome.word(), screening.screened_at, &screening.source];
    db.execute(SQL, parameters).await?;
    Ok(statement)
}

/// What can be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Classification,
    Verification,
    Screening,
    Wallet,
}

impl Family {
    /// One of them, in a text.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Classification => "classification",
            Self::Verification => "verification",
            Self::Screening => "screening",
            Self::Wallet => "wallet",
        }
    }

    /// What the audit trail calls its revocation.
    pub(crate) fn action(self) -> &'static str {
        match self {
            Self::Classification => "investor.classification_revoked",
            Self::Verification => "investor.verification_revoked",
            Self::Screening => "investor.screening_revoked",
            Self::Wallet => "investor.wallet_removed",
        }
    }
}

/// Whether the investor has it, or has had it.
pub(crate) async fn belongs(db: &Db, id: InvestorId, family: Family, subject: Uuid) -> Result<bool> {
    let sql = match family {
        Family::Classification => "select 1 from investor_classification where investor_id = $1 and id = $2",
        Family::Verification => "select 1 from investor_verification where investor_id = $1 and id = $2",
        Family::Screening => "select 1 from investor_screening where investor_id = $1 and id = $2",
        Family::Wallet => "select 1 from investor_wallet where investor_id = $1 and id = $2",
    };
    Ok(db.optional(sql, params![id, subject], |_| Ok(())).await?.is_some())
}

macro_rules! insert_revocation {
    ($column:literal) => {
        concat!(
            "insert into investor_revocation (tenant_id, id, investor_id, reason, ",
            $column,
            ") values (app_tenant_id(), $1, $2, $3, $4) on conflict do nothing"
        )
    };
}

/// Revokes it; false when it was revoked before. A wallet that is removed can be registered again.
pub(crate) async fn revoke(
    db: &Db,
    id: InvestorId,
    family: Family,
    (revocation, subject): (Uuid, Uuid),
    reason: &str,
) -> Result<bool> {
    const REMOVE: &str = "update investor_wallet set removed_at = now() where investor_id = $1 and id = $2 and removed_at is null";
    let sql = match family {
        Family::Classification => insert_revocation!("classification_id"),
        Family::Verification => insert_revocation!("verification_id"),
        Family::Screening => insert_revocation!("screening_id"),
        Family::Wallet => insert_revocation!("wallet_id"),
    };
    let revoked = db.execute(sql, params![revocation, id, reason, subject]).await? == 1;
    if revoked && family == Family::Wallet {
        db.execute(REMOVE, params![id, subject]).await?;
    }
    Ok(revoked)
}

/// Revokes every verification, or every screening, of an investor that stands.
pub(crate) async fn revoke_all(db: &Db, id: InvestorId, family: Family, reason: &str) -> Result<()> {
    const VERIFICATIONS: &str = "select v.id from investor_verification v \
        where v.investor_id = $1 and not exists ( \
            select from investor_revocation r where r.tenant_id = v.tenant_id and r.verification_id = v.id)";
    const SCREENINGS: &str = "select s.id from investor_screening s \
        where s.investor_id = $1 and not exists ( \
            select from investor_revocation r where r.tenant_id = s.tenant_id and r.screening_id = s.id)";
    let sql = if family == Family::Verification { VERIFICATIONS } else { SCREENINGS };
    for subject in db.query(sql, params![id], |row| row.get::<Uuid>("id")).await? {
        revoke(db, id, family, (random::new_id(), subject), reason).await?;
    }
    Ok(())
}

/// What was revoked of an investor, by the id of the revocation downwards; one more than `limit` when there are more.
pub(crate) async fn revocations(db: &Db, id: InvestorId, page: &Asked) -> Result<Vec<Revocation>> {
    let sql = ordered!(
        page.order,
        "select r.id, r.reason, rfc3339(r.revoked_at) as revoked_at, \
            r.classification_id, r.verification_id, r.screening_id, r.wallet_id, coalesce( \
                (select jsonb_build_object('kind', c.kind, 'evidence', c.evidence, 'reference', c.reference, \
                    'issued_on', c.issued_on, 'expires_on', c.expires_on, 'figures', c.figures, \
                    'recorded_at', rfc3339(c.created_at)) \
                 from investor_classification c where c.tenant_id = r.tenant_id and c.id = r.classification_id), \
                (select jsonb_build_object('status', v.status, 'verified_on', v.verified_on, \
                    'expires_on', v.expires_on, 'recorded_at', rfc3339(v.recorded_at)) \
                 from investor_verification v where v.tenant_id = r.tenant_id and v.id = r.verification_id), \
                (select jsonb_build_object('outcome', s.outcome, 'screened_at', rfc3339(s.screened_at), \
                    'source', s.source, 'recorded_at', rfc3339(s.recorded_at)) \
                 from investor_screening s where s.tenant_id = r.tenant_id and s.id = r.screening_id), \
                (select jsonb_build_object('chain_id', w.chain_id, 'address', w.address, \
                    'recorded_at', rfc3339(w.created_at)) \
                 from investor_wallet w where w.tenant_id = r.tenant_id and w.id = r.wallet_id))::text as statement \
        from investor_revocation r \
        where r.investor_id = $1",
        by "r.id" after "$2::uuid", "limit $3"
    );
    db.query(sql, params![id, page.after, page.limit_and_one()], |row| {
        let (subject, subject_id) = revoked(row)?;
        Ok(Revocation {
            id: row.get("id")?,
            subject,
            subject_id,
            reason: row.get("reason")?,
            revoked_at: row.parse("revoked_at")?,
            statement: row.json("statement")?,
        })
    })
    .await
}

fn revoked(row: &Row) -> Result<(RevocationSubject, Uuid)> {
    const COLUMNS: [(&str, RevocationSubject); 4] = [
        ("classification_id", RevocationSubject::Classification),
        ("verification_id", RevocationSubject::Verification),
        ("screening_id", RevocationSubject::Screening),
        ("wallet_id", RevocationSubject::Wallet),
    ];
    for (column, subject) in COLUMNS {
        if let Some(id) = row.get::<Option<Uuid>>(column)? {
            return Ok((subject, id));
        }
    }
    Err(Error::internal("a revocation revokes nothing"))
}

/// One investor with everything that belongs to it.
pub(crate) async fn investor(db: &Db, id: InvestorId) -> Result<Option<Stored>> {
    const SQL: &str = "select profile, version, created_at, updated_at from investor_profile \
        where id = $1";
    db.optional(SQL, params![id], |row| {
        Ok(Stored {
            id,
            recorded: Recorded::from_stored(&row.get::<String>("profile")?)?,
            version: row.get("version")?,
            created_at: row.parse("created_at")?,
            updated_at: row.parse("updated_at")?,
        })
    })
    .await
}

/// What a list of investors is narrowed to.
pub(crate) struct Filter {
    pub(crate) kind: Option<Kind>,
    pub(crate) residence: Option<Country>,
    /// Each word of it begins a word of one of the investor's names.
    pub(crate) name: Option<String>,
    pub(crate) lei: Option<Lei>,
    /// Of a wallet that the investor has, on whatever chain.
    pub(crate) wallet: Option<WalletAddress>,
    pub(crate) page: Asked,
}

/// Investors by their ids, which are as old as they are; one more than a page has when there are more.
pub(crate) async fn investors(db: &Db, filter: &Filter) -> Result<Vec<InvestorSummary>> {
    let page = &filter.page;
    let all = ordered!(
        page.order,
        "select id::text as id, kind, name, residence, rfc3339(created_at) as created_at, \
            rfc3339(updated_at) as updated_at \
        from investor \
        where ($1::text is null or kind = $1) \
          and ($2::text is null or residence = $2)",
        by "id" after "$3::uuid", "limit $4"
    );
    let kind = filter.kind.map(|kind| kind.word().to_owned());
    let residence = filter.residence.map(|country| country.code().to_owned());
    let mut parameters = params![kind, residence, page.after, page.limit_and_one()];
    let criteria = [filter.name.is_some(), filter.lei.is_some(), filter.wallet.is_some()];
    let criteria = i64::try_from(criteria.into_iter().filter(|given| *given).count()).unwrap_or(0);
    if criteria == 0 {
        return db.query(all, parameters, summary).await;
    }
    parameters.extend(params![
        filter.name.as_deref(),
        filter.lei.as_ref().map(|lei| lei.as_str().to_owned()),
        filter.wallet.map(|address| address.to_string()),
        criteria
    ]);
    db.query(found(page.order), parameters, summary).await
}

/// Like the list of all, of those that meet every criterion that is given: first who does, by an index each, then who that is.
/// The end of what begins with a word is worked out beforehand: put together within the comparison, it would keep that from
/// the index, since not everything in it is known to give nothing away.
fn found(order: Order) -> &'static str {
    ordered!(
        order,
        "with wanted as materialized ( \
        select word collate \"C\" as word, (word || chr(1114111)) collate \"C\" as beyond \
        from words_of($5) as one (word)), \
    met as materialized ( \
        select n.investor_id from wanted q \
        join investor_word n on n.word >= q.word and n.word < q.beyond \
        group by n.investor_id having count(distinct q.word) = (select count(*) from wanted) \
        union all \
        select id from investor where lei = $6 \
        union all \
        select distinct w.investor_id from investor_wallet w where w.address = lower($7) and w.removed_at is null), \
    found as materialized (select investor_id from met group by investor_id having count(*) = $8) \
    select i.id::text as id, i.kind, i.name, i.residence, rfc3339(i.created_at) as created_at, \
        rfc3339(i.updated_at) as updated_at \
    from found f join investor i on i.id = f.investor_id \
    where ($1::text is null or i.kind = $1) \
      and ($2::text is null or i.residence = $2)",
        by "i.id" after "$3::uuid", "limit $4"
    )
}

fn summary(row: &Row) -> Result<InvestorSummary> {
    Ok(InvestorSummary {
        id: row.parse("id")?,
        kind: row.parse("kind")?,
        name: row.get("name")?,
        residence: row.parse("residence")?,
        created_at: row.parse("created_at")?,
        updated_at: row.parse("updated_at")?,
    })
}

/// Keeps what a change has changed, encrypted.
pub(crate) async fn insert_change(db: &Db, id: InvestorId, change: Uuid, values: &Sealed) -> Result<()> {
    const SQL: &str = "insert into investor_change (tenant_id, id, investor_id, secret_sealed, secret_key_id) \
        values (app_tenant_id(), $1, $2, $3, $4)";
    db.execute(SQL, params![change, id, &values.text, &values.key_id]).await.map(drop)
}

fn lei_taken() -> Error {
    Error::conflict("lei_taken", "another investor of this tenant has this LEI")
}

fn codes(nationalities: &[Nationality]) -> Vec<String> {
    nationalities.iter().map(|nationality| nationality.code().to_owned()).collect()
}

fn funds(profile: &Profile) -> Vec<String> {
    profile.manages_funds.iter().map(ToString::to_string).collect()
}

/// A value as JSON text for a `jsonb` column.
fn document<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::internal(format!("no JSON: {error}")))
}
