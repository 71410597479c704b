//! Net asset values: publishing, correcting, and, for one that moves too far, approval by a second person.

use fundrail_api::{
    common::Page,
    funds::{Nav, NavProposal, PublishNav, Published},
};
use fundrail_domain::{
    Error, Result,
    fund::{Move, NavPublication, ProposalState},
    ids::{FundId, NavProposalId, ShareClassId, UserId},
};
use fundrail_platform::{Answer, Context, Order, cache::Key, cache_keys, db::Db, random};
use fundrail_store::{
    catalogue::{OwnShareClass, own_share_class},
    nav::{self as store, Author, Proposal},
};
use rust_decimal::Decimal;
use serde_json::json;

use crate::answers;

/// `POST /v1/funds/{id}/share-classes/{class_id}/navs`
pub(crate) async fn publish(cx: &Context) -> Result<Answer<Published>> {
    let (fund, class): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let publication = cx.body_of::<PublishNav>(cx.now())?;
    let db = cx.db().await?;
    let published = db
        .transaction(async |db| {
            let own = held(db, fund, class).await?;
            let author = author(cx, db).await?;
            publication.check_date(own.launched_on, cx.now())?;
            let near = store::near(db, class, &publication).await?;
            store::supersede(db, class, publication.nav_date, author.person, cx.now()).await?;
            match Move::beyond(own.nav_move_limit_bps, publication.per_share, &near) {
                None => at_once(cx, db, (fund, class, &own), &publication, author).await.map(Published::Now),
                Some(moved) => {
                    propose(cx, db, class, &publication, author, moved).await.map(Published::Waits)
                }
            }
        })
        .await?;
    match &published {
        Published::Now(_) => Answer::created(&format!("/v1/funds/{fund}"), &published),
        Published::Waits(proposal) => {
            let location = format!("/v1/funds/{fund}/share-classes/{class}/nav-proposals/{}", proposal.id);
            Ok(Answer::accepted(&published)?.with_header("location", &location))
        }
    }
}

async fn at_once(
    cx: &Context,
    db: &Db,
    (fund, class, own): (FundId, ShareClassId, &OwnShareClass),
    publication: &NavPublication,
    author: Author,
) -> Result<Nav> {
    let id = random::new_id();
    let nav = store::insert_version(db, (id, class), publication, (author, None), cx.now()).await?;
    let nav = answers::nav(nav, own.currency);
    let (action, replaced) = match &publication.corrects {
        Some(corrects) => ("nav.corrected", json!({ "id": corrects.replaces, "reason": corrects.reason })),
        None => ("nav.published", json!(null)),
    };
    let detail = json!({ "fund_id": fund, "nav": nav, "replaces": replaced });
    cx.audit(db, action, ("share_class", class.to_string()), detail).await?;
    db.drop_cached(&cached(own, fund)).await?;
    Ok(nav)
}

async fn propose(
    cx: &Context,
    db: &Db,
    class: ShareClassId,
    publication: &NavPublication,
    author: Author,
    moved: Move,
) -> Result<NavProposal> {
    let id = random::new_id();
    store::insert_proposal(db, (id, class), publication, moved.bps(), author, cx.now()).await?;
    let proposal = store::proposal(db, class, id).await?.ok_or_else(no_proposal)?;
    let proposal = answers::nav_proposal(proposal);
    cx.audit(db, "nav.proposed", ("share_class", class.to_string()), json!({ "proposal": proposal })).await?;
    Ok(proposal)
}

/// `GET /v1/funds/{id}/share-classes/{class_id}/nav-proposals`
pub(crate) async fn proposals(cx: &Context) -> Result<Answer<Page<NavProposal>>> {
    let (fund, class): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let mut query = cx.query()?;
    let state = query.optional::<ProposalState>("state");
    let asked = query.page(Order::Descending);
    query.finish()?;
    let db = cx.db().await?;
    own_share_class(&db, class, fund).await?.ok_or_else(not_own)?;
    let rows = store::proposals(&db, &asked, class, state).await?;
    let proposals = rows.into_iter().map(answers::nav_proposal).collect();
    Answer::ok(&Page::from_rows(proposals, asked.limit, |proposal: &NavProposal| proposal.id.to_string()))
}

/// `GET /v1/funds/{id}/share-classes/{class_id}/nav-proposals/{proposal_id}`
pub(crate) async fn proposal(cx: &Context) -> Result<Answer<NavProposal>> {
    let (fund, class): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let id: NavProposalId = cx.param("proposal_id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    own_share_class(&db, class, fund).await?.ok_or_else(not_own)?;
    let waiting = store::proposal(&db, class, id).await?.ok_or_else(no_proposal)?;
    Answer::ok(&answers::nav_proposal(waiting))
}

/// `POST /v1/funds/{id}/share-classes/{class_id}/nav-proposals/{proposal_id}/approve`
pub(crate) async fn approve(cx: &Context, value: Decimal) -> Result<Answer<Nav>> {
    let (fund, class): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let id: NavProposalId = cx.param("proposal_id")?;
    let db = cx.db().await?;
    let nav = db
        .transaction(async |db| {
            let own = held(db, fund, class).await?;
            let (approver, waiting) = decider(cx, db, class, id).await?;
            may_approve(db, approver, &waiting, value).await?;
            let (publication, author) = (waiting.publication(), waiting.author());
            store::near(db, class, &publication).await?;
            let version = (random::new_id(), class);
            let persons = (author, Some(approver));
            let nav = store::insert_version(db, version, &publication, persons, cx.now()).await?;
            let nav = answers::nav(nav, own.currency);
            store::decide(db, id, ProposalState::Published, approver, None, Some(version.0), cx.now())
                .await?;
            let detail =
                json!({ "fund_id": fund, "proposal_id": id, "nav": nav, "proposed_by": author.person });
            cx.audit(db, "nav.approved", ("share_class", class.to_string()), detail).await?;
            db.drop_cached(&cached(&own, fund)).await?;
            Ok(nav)
        })
        .await?;
    Answer::created(&format!("/v1/funds/{fund}"), &nav)
}

/// `POST /v1/funds/{id}/share-classes/{class_id}/nav-proposals/{proposal_id}/reject`
pub(crate) async fn reject(cx: &Context, reason: String) -> Result<Answer<NavProposal>> {
    let (fund, class): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let id: NavProposalId = cx.param("proposal_id")?;
    let db = cx.db().await?;
    let rejected = db
        .transaction(async |db| {
            held(db, fund, class).await?;
            let (person, _) = decider(cx, db, class, id).await?;
            store::decide(db, id, ProposalState::Rejected, person, Some(&reason), None, cx.now()).await?;
            let detail = json!({ "proposal_id": id, "reason": reason });
            cx.audit(db, "nav.rejected", ("share_class", class.to_string()), detail).await?;
            store::proposal(db, class, id).await?.ok_or_else(no_proposal)
        })
        .await?;
    Answer::ok(&answers::nav_proposal(rejected))
}

/// The share class, if the caller's tenant issues it, with its values locked until the transaction ends.
pub(crate) async fn held(db: &Db, fund: FundId, class: ShareClassId) -> Result<OwnShareClass> {
    let own = own_share_class(db, class, fund).await?.ok_or_else(not_own)?;
    store::lock(db, class).await?;
    Ok(own)
}

/// What is cached that depends on the values of a share class.
pub(crate) fn cached(own: &OwnShareClass, fund: FundId) -> Vec<Key> {
    cache_keys::dropped_by_nav(fund, own.asset_id.zip(own.symbol.as_deref()))
}

/// Who acts, if they still may: what the guard knew may have ended since. An API key acts for the person responsible for it.
pub(crate) async fn author(cx: &Context, db: &Db) -> Result<Author> {
    let principal = cx.principal()?;
    let author = match principal.api_key_id {
        Some(key) => store::author_by_key(db, key).await?,
        None => principal.user_id.map(|person| Author { person, key: None, key_maker: None }),
    };
    match author {
        Some(author) if store::may_publish(db, author.person).await? => Ok(author),
        _ => Err(Error::Forbidden { permission: "funds:write".into() }),
    }
}

/// The person who decides, and the pending proposal. An API key cannot decide.
async fn decider(
    cx: &Context,
    db: &Db,
    class: ShareClassId,
    id: NavProposalId,
) -> Result<(UserId, Proposal)> {
    let (person, _) = cx.principal()?.person()?;
    author(cx, db).await?;
    let found = store::proposal(db, class, id).await?.ok_or_else(no_proposal)?;
    if found.state != ProposalState::Pending {
        let detail = format!("the value is already {}", found.state);
        return Err(Error::conflict("nav_proposal_decided", detail));
    }
    Ok((person, found))
}

/// Checks that a second person approves exactly the pending value, and that its proposer may still publish values. The creator of
/// the API key that proposed it is not a second person, even if somebody else has taken the key over: they know its secret.
async fn may_approve(db: &Db, approver: UserId, found: &Proposal, value: Decimal) -> Result<()> {
    if found.proposed_by == approver || found.key_made_by == Some(approver) {
        let detail = "the value must be approved by a person other than its proposer, whether they proposed it directly or with an API key";
        return Err(Error::conflict("second_person_required", detail));
    }
    if value != found.per_share {
        let detail = format!("the proposed value is {}", found.per_share);
        return Err(Error::conflict("nav_proposal_differs", detail));
    }
    let key_holds = match found.proposed_with {
        Some(key) => store::author_by_key(db, key).await?.is_some(),
        None => true,
    };
    if !key_holds || !store::may_publish(db, found.proposed_by).await? {
        let detail =
            "the person or API key that proposed the value may no longer publish values; propose it anew";
        return Err(Error::conflict("nav_proposer_gone", detail));
    }
    Ok(())
}

fn not_own() -> Error {
    Error::NotFound { what: "share class of a fund of yours" }
}

fn no_proposal() -> Error {
    Error::NotFound { what: "proposed value" }
}
