//! The SQL of investors.

use fundrail_api::investors::{Investor, InvestorSummary};
use fundrail_domain::{
    Error, Result,
    ids::InvestorId,
    investor::{Classification, Kind, Profile, Wallet},
    reference::{Country, Nationality, WalletAddress},
};
use fundrail_platform::{
    db::{Db, Row, on_constraint},
    params, random,
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// Records an investor without wallets and classifications.
pub(crate) async fn insert_investor(db: &Db, tenant: Uuid, id: InvestorId, profile: &Profile) -> Result<()> {
    const SQL: &str = "insert into investor \
        (tenant_id, id, kind, name, other_names, birth_date, incorporated_on, registration_number, lei, residence, \
         nationalities, permits, kyc, screening, benefit_plan, beneficial_owners, acknowledgements) \
        values ($1, $2, $3, $4, $5, $6::text::date, $7::text::date, $8, $9, $10, $11, $12::text::jsonb, \
         $13::text::jsonb, $14::text::jsonb, $15, $16::text::jsonb, $17::text::jsonb)";
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
        profile.kyc.as_ref().map(document).transpose()?,
        profile.screening.as_ref().map(document).transpose()?,
        profile.benefit_plan,
        profile.beneficial_owners.as_ref().map(document).transpose()?,
        document(&profile.acknowledgements)?
    ];
    db.execute(SQL, parameters).await.map(drop).map_err(on_constraint("investor_lei", lei_taken))
}

/// Changes the fields of an investor; false when it has another version by now.
pub(crate) async fn update_investor(
    db: &Db,
    id: InvestorId,
    version: i64,
    profile: &Profile,
) -> Result<bool> {
    const SQL: &str = "update investor set name = $3, other_names = $4, birth_date = $5::text::date, \
            incorporated_on = $6::text::date, registration_number = $7, lei = $8, residence = $9, \
            nationalities = $10, permits = $11::text::jsonb, kyc = $12::text::jsonb, \
            screening = $13::text::jsonb, benefit_plan = $14, beneficial_owners = $15::text::jsonb, \
            acknowledgements = $16::text::jsonb, version = version + 1, updated_at = now() \
        where id = $1 and version = $2";
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
        profile.kyc.as_ref().map(document).transpose()?,
        profile.screening.as_ref().map(document).transpose()?,
        profile.benefit_plan,
        profile.beneficial_owners.as_ref().map(document).transpose()?,
        document(&profile.acknowledgements)?
    ];
    let changed = db.execute(SQL, parameters).await.map_err(on_constraint("investor_lei", lei_taken))?;
    Ok(changed == 1)
}

/// Counts a change; false when there is no such investor. Holds its row until the transaction ends.
pub(crate) async fn touch_investor(db: &Db, id: InvestorId) -> Result<bool> {
    const SQL: &str = "update investor set version = version + 1, updated_at = now() \
        where id = $1";
    Ok(db.execute(SQL, params![id]).await? == 1)
}

/// Registers wallets of an investor.
///
/// # Errors
/// [`Error::Conflict`] naming the first wallet that the tenant has registered before.
pub(crate) async fn insert_wallets(db: &Db, id: InvestorId, wallets: &[Wallet]) -> Result<()> {
    const SQL: &str = "insert into investor_wallet (tenant_id, investor_id, chain_id, address, verified_at) \
        select app_tenant_id(), $1, w.chain_id, lower(w.address), w.verified_at \
        from jsonb_to_recordset($2::text::jsonb) as w (chain_id bigint, address text, verified_at timestamptz) \
        on conflict on constraint investor_wallet_once do nothing \
        returning chain_id, address";
    if wallets.is_empty() {
        return Ok(());
    }
    let read = |row: &Row| Ok((row.get::<i64>("chain_id")?, row.parse::<WalletAddress>("address")?));
    let stored = db.query(SQL, params![id, document(wallets)?], read).await?;
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

async fn wallet_taken(db: &Db, wallet: &Wallet) -> Result<Error> {
    const SQL: &str = "select investor_id::text as investor_id from investor_wallet \
        where chain_id = $1::text::bigint and address = lower($2)";
    let (chain, address) = (wallet.chain_id.to_string(), wallet.address.to_string());
    let owner = db.optional(SQL, params![&chain, &address], |row| row.get::<String>("investor_id")).await?;
    let owner = owner.unwrap_or_default();
    Ok(Error::conflict(
        "wallet_taken",
        format!("the wallet {address} on chain {chain} is registered to the investor {owner}"),
    ))
}

/// Records classifications of an investor.
pub(crate) async fn insert_classifications(db: &Db, id: InvestorId, all: &[Classification]) -> Result<()> {
    const SQL: &str = "insert into investor_classification \
        (tenant_id, id, investor_id, kind, evidence, reference, issued_on, expires_on, figures) \
        select app_tenant_id(), c.id, $1, c.kind, c.evidence, c.reference, c.issued_on, c.expires_on, c.figures \
        from jsonb_to_recordset($2::text::jsonb) as c (id uuid, kind text, evidence text, reference text, \
            issued_on date, expires_on date, figures jsonb)";
    if all.is_empty() {
        return Ok(());
    }
    let mut rows = json!(all);
    for row in rows.as_array_mut().into_iter().flatten() {
        if let Some(row) = row.as_object_mut() {
            row.insert("id".to_owned(), json!(random::new_id()));
        }
    }
    db.execute(SQL, params![id, rows]).await.map(drop)
}

/// One investor with everything that belongs to it.
pub(crate) async fn investor(db: &Db, id: InvestorId) -> Result<Option<Investor>> {
    const SQL: &str = "select profile, version, created_at, updated_at from investor_profile \
        where id = $1";
    db.optional(SQL, params![id], |row| {
        let times = (row.parse("created_at")?, row.parse("updated_at")?);
        let profile = Profile::from_stored(&row.get::<String>("profile")?)?;
        Ok(Investor::new(id, profile, row.get("version")?, times))
    })
    .await
}

/// Investors, the newest first; one more than `limit` when there are more.
pub(crate) async fn investors(
    db: &Db,
    kind: Option<Kind>,
    residence: Option<Country>,
    after: Option<InvestorId>,
    limit: usize,
) -> Result<Vec<InvestorSummary>> {
    const SQL: &str = "select id::text as id, kind, name, residence, rfc3339(created_at) as created_at, \
            rfc3339(updated_at) as updated_at \
        from investor \
        where ($1::text is null or kind = $1) \
          and ($2::text is null or residence = $2) \
          and ($3::uuid is null or id < $3) \
        order by id desc limit $4";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let parameters = params![
        kind.map(|kind| kind.word().to_owned()),
        residence.map(|country| country.code().to_owned()),
        after,
        limit
    ];
    db.query(SQL, parameters, |row| {
        Ok(InvestorSummary {
            id: row.parse("id")?,
            kind: row.parse("kind")?,
            name: row.get("name")?,
            residence: row.parse("residence")?,
            created_at: row.parse("created_at")?,
            updated_at: row.parse("updated_at")?,
        })
    })
    .await
}

fn lei_taken() -> Error {
    Error::conflict("lei_taken", "another investor of this tenant has this LEI")
}

fn codes(nationalities: &[Nationality]) -> Vec<String> {
    nationalities.iter().map(|nationality| nationality.code().to_owned()).collect()
}

/// A value as JSON text for a `jsonb` column.
fn document<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::internal(format!("no JSON: {error}")))
}
