//! A file that is being changed: its investor is held, and everything that happens to it is recorded.

use fundrail_domain::{
    Error, Result,
    ids::InvestorId,
    investor::{
        Recorded,
        file::{FileDocument, FileEvent, FileState, Risk, RiskCountry},
    },
};
use fundrail_platform::{Context, db::Db};
use fundrail_store::{
    investors::profiles,
    kyc::{self as store, Actor, File, NewTransition},
};
use serde_json::{Value, json};

/// Counts a change of what belongs to an investor of the caller's tenant, and keeps others from changing it until the transaction
/// ends. Whoever names a version that they have seen (`If-Match`) means that one.
pub(crate) async fn touch(cx: &Context, db: &Db, investor: InvestorId) -> Result<()> {
    let before = profiles::touch_investor(db, investor).await?.ok_or(NO_INVESTOR)?;
    cx.check_if_match_if_given(|| Ok(format!("\"{before}\"")))
}

/// The file of an investor, whom nobody else changes until the transaction ends.
pub(crate) async fn hold(cx: &Context, db: &Db, investor: InvestorId) -> Result<File> {
    touch(cx, db, investor).await?;
    store::file(db, investor).await?.ok_or(NO_INVESTOR)
}

/// An investor of which something has just been recorded. Whoever has recorded it does not approve it, and a file whose content has
/// changed thereby is sent back.
pub(crate) async fn stored(cx: &Context, db: &Db, id: InvestorId) -> Result<profiles::Investor> {
    note_author(cx, db, id).await?;
    follow_edit(cx, db, id).await?;
    investor(db, id).await
}

/// Who acts.
pub(crate) async fn actor(cx: &Context, db: &Db) -> Result<Actor> {
    let principal = cx.principal()?;
    store::actor(db, principal.user_id, principal.api_key_id).await
}

/// Records that the caller has written part of the file: they do not approve it.
pub(crate) async fn note_author(cx: &Context, db: &Db, investor: InvestorId) -> Result<()> {
    let principal = cx.principal()?;
    profiles::note_author(db, investor, principal.user_id, principal.api_key_id).await.map(drop)
}

/// Sends a file back whose content has just been changed, if it is under review.
pub(crate) async fn follow_edit(cx: &Context, db: &Db, investor: InvestorId) -> Result<()> {
    match store::follow_edit(db, investor, actor(cx, db).await?).await? {
        Some(event) => audit(cx, db, investor, event, json!({})).await,
        None => Ok(()),
    }
}

/// Records what happens to a file. `complete` fills in what else there is to say about it.
///
/// # Errors
/// [`Error::Conflict`] if it cannot happen to a file in this state.
pub(crate) async fn advance<'a>(
    cx: &Context,
    db: &Db,
    investor: InvestorId,
    (state, event): (FileState, FileEvent),
    complete: impl FnOnce(&mut NewTransition<'a>),
) -> Result<()> {
    let mut transition = NewTransition::plain(event, state, state.after(event)?, actor(cx, db).await?);
    complete(&mut transition);
    let detail = json!({
        "transition_id": transition.id, "from": transition.from_state, "to": transition.to_state,
        "reason": transition.reason, "risk": transition.risk, "submission_id": transition.submission_id,
        "valid_until": transition.valid_until,
    });
    store::add_transition(db, investor, transition).await?;
    audit(cx, db, investor, event, detail).await
}

async fn audit(cx: &Context, db: &Db, investor: InvestorId, event: FileEvent, detail: Value) -> Result<()> {
    cx.audit(db, event.action(), ("investor", investor.to_string()), detail).await
}

/// The investor that a file is about.
pub(crate) async fn investor(db: &Db, id: InvestorId) -> Result<profiles::Investor> {
    profiles::investor(db, id).await?.ok_or(NO_INVESTOR)
}

/// The documents of a file, as they are judged.
pub(crate) async fn documents(db: &Db, investor: InvestorId) -> Result<Vec<FileDocument>> {
    Ok(store::documents(db, investor).await?.iter().map(FileDocument::from).collect())
}

/// The risk that an investor poses, by what is recorded and declared.
pub(crate) async fn risk(db: &Db, recorded: &Recorded, politically_exposed: bool) -> Result<Risk> {
    let countries: Vec<RiskCountry> =
        store::risk_countries(db).await?.into_iter().map(RiskCountry::from).collect();
    let screening = recorded.screening.as_ref().map(|screening| screening.outcome);
    Ok(Risk::of(&recorded.profile, screening, politically_exposed, &countries))
}

/// What is to be said of risk factors in the database.
pub(crate) fn words(risk: &Risk) -> Vec<String> {
    risk.factors.iter().map(|factor| factor.word().to_owned()).collect()
}

pub(crate) const NO_INVESTOR: Error = Error::NotFound { what: "investor" };
