//! Changing the fields of an investor.

use fundrail_api::investors as api;
use fundrail_domain::{
    Error, Result,
    compliance::snapshot::fingerprint,
    ids::InvestorId,
    investor::{Change, Profile, Stated},
};
use fundrail_platform::{Answer, Context, db::Db, random, secrets};
use fundrail_store::investors::{evidence, profiles};
use serde_json::{Map, Value, json};

use crate::{changed, etag, held, stored};

/// The reason recorded for a statement that a patch has removed.
const REMOVED: &str = "removed by a change of the investor";

/// `PATCH /v1/investors/{id}`: a JSON Merge Patch (RFC 7396) of the fields, read again as a whole.
pub(crate) async fn update(cx: &Context, patch: Value) -> Result<Answer<api::Investor>> {
    let id: InvestorId = cx.param("id")?;
    let fields: Vec<&String> = patch.as_object().into_iter().flat_map(serde_json::Map::keys).collect();
    let db = cx.db().await?;
    let investor = db
        .transaction(async |db| {
            // Locked from here on, so that each of several concurrent changes applies to the result of the previous one.
            let known = held(db, id).await?;
            cx.check_if_match(&etag(known.version))?;
            let change = known.recorded.profile.patched(&patch, cx.now())?;
            let identity = profiles::update_investor(db, id, known.version, &change.profile).await?;
            let identity = identity.ok_or(Error::Stale)?;
            let mut detail = Map::new();
            detail.insert("fields".to_owned(), json!(fields));
            detail.insert("identity_version".to_owned(), json!(identity));
            state(db, &known, &change, identity != known.recorded.identity_version, &mut detail).await?;
            keep_values(db, &known, &change.profile, &mut detail).await?;
            cx.audit(db, "investor.updated", ("investor", id.to_string()), detail.into()).await?;
            stored(cx, db, id).await
        })
        .await?;
    changed(&investor)
}

/// Records what a change states about verification and screening; the audit trail names the statements.
async fn state(
    db: &Db,
    known: &profiles::Investor,
    change: &Change,
    identity_changes: bool,
    detail: &mut Map<String, Value>,
) -> Result<()> {
    let (id, recorded) = (known.id, &known.recorded);
    match &change.kyc {
        Stated::As(kyc) if recorded.is_new_verification(kyc, identity_changes) => {
            let statement = evidence::insert_verification(db, id, kyc).await?;
            detail.insert("verification_id".to_owned(), json!(statement));
        }
        Stated::Withdrawn => evidence::revoke_verifications(db, id, REMOVED).await?,
        _ => {}
    }
    match &change.screening {
        Stated::As(screening) if recorded.is_new_screening(screening, identity_changes) => {
            let statement = evidence::insert_screening(db, id, screening).await?;
            detail.insert("screening_id".to_owned(), json!(statement));
        }
        Stated::Withdrawn => evidence::revoke_screenings(db, id, REMOVED).await?,
        _ => {}
    }
    Ok(())
}

/// Stores the old and new values of the changed fields beside the audit trail: encrypted, since they are personal data. The event
/// contains their id and hash; the hash begins with random bytes, so that nobody can guess a date of birth from it.
async fn keep_values(
    db: &Db,
    known: &profiles::Investor,
    profile: &Profile,
    detail: &mut Map<String, Value>,
) -> Result<()> {
    let changes = known.recorded.profile.differences(profile)?;
    if changes.is_empty() {
        return Ok(());
    }
    let plain = json!({ "salt": hex::encode(random::bytes::<16>()?), "changes": changes }).to_string();
    let id = random::new_id();
    let sealed = secrets::keys().await?.seal(&format!("investor_change:{id}"), plain.as_bytes())?;
    profiles::insert_change(db, id, known.id, &sealed.text, &sealed.key_id).await?;
    detail.insert("change_id".to_owned(), json!(id));
    detail.insert("change_sha256".to_owned(), json!(fingerprint(&plain)));
    Ok(())
}
