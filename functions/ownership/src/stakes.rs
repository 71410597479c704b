//! Stakes, and looking through them.

use fundrail_api::ownership::{CreateOwnershipStake, Ownership, OwnershipStake};
use fundrail_domain::{
    Error, Result,
    ids::{InvestorId, OwnerId},
    investor::{
        Kind,
        ownership::{self, Holding, MOST_NODES, NewStake, Node, Stake as Edge, StakeEnd},
    },
};
use fundrail_platform::{Answer, Context, db::Db};
use fundrail_store::{investors::profiles, kyc, ownership as store};
use serde_json::json;
use uuid::Uuid;

use crate::answers;

const NO_STAKE: Error = Error::NotFound { what: "stake" };

/// `POST /v1/ownership/stakes`
pub(crate) async fn create(cx: &Context) -> Result<Answer<OwnershipStake>> {
    let new = cx.body_of::<CreateOwnershipStake>(cx.now())?;
    let id = Uuid::now_v7();
    let db = cx.db().await?;
    let stake = db
        .transaction(async |db| {
            let owned = hold(db, &new).await?;
            let known = store::holdings_in(db, owned).await?;
            let known: Vec<Holding> = known.into_iter().map(Holding::from).collect();
            let holding = Holding { percent: new.percent, since: new.since, until: new.until };
            ownership::fits(&holding, &known)?;
            store::add_stake(db, id, (&new).into()).await?;
            let detail = json!({ "owned_id": owned, "percent": new.percent, "since": new.since });
            cx.audit(db, "ownership.stake_created", ("ownership_stake", id.to_string()), detail).await?;
            changed(cx, db, new.owned_investor_id).await?;
            existing(db, id).await
        })
        .await?;
    Answer::created(&format!("/v1/ownership/stakes/{id}"), &stake)
}

/// Both ends of a stake have to be there, and only organisations can be owned. Nobody else changes who owns it until the transaction
/// ends.
async fn hold(db: &Db, new: &NewStake) -> Result<Uuid> {
    if let Some(owner) = new.owner_investor_id {
        store::kind_of_investor(db, owner).await?.ok_or_else(|| unknown("/owner_investor_id"))?;
    }
    if let Some(owner) = new.owner_party_id {
        kind_of_party(db, owner).await?.ok_or_else(|| unknown("/owner_party_id"))?;
    }
    let (owned, kind, pointer) = match (new.owned_investor_id, new.owned_party_id) {
        (Some(id), _) => {
            profiles::touch_investor(db, id).await?;
            (id.0, store::kind_of_investor(db, id).await?, "/owned_investor_id")
        }
        (None, Some(id)) => (id.0, kind_of_party(db, id).await?, "/owned_party_id"),
        (None, None) => return Err(Error::internal("a stake in nothing was read")),
    };
    if kind.ok_or_else(|| unknown(pointer))? == Kind::Natural {
        return Err(Error::field(pointer, "must be an organisation: nobody owns a natural person"));
    }
    store::hold_owned(db, owned).await?;
    Ok(owned)
}

async fn kind_of_party(db: &Db, id: OwnerId) -> Result<Option<Kind>> {
    Ok(store::party(db, id).await?.map(|party| party.kind))
}

fn unknown(pointer: &'static str) -> Error {
    Error::field(pointer, "is not known")
}

/// Who owns an investor is part of what is approved of it: whoever changes it does not approve it, and a KYC file that is under review
/// goes back to being a draft.
async fn changed(cx: &Context, db: &Db, investor: Option<InvestorId>) -> Result<()> {
    let Some(investor) = investor else { return Ok(()) };
    let principal = cx.principal()?;
    profiles::note_author(db, investor, principal.user_id, principal.api_key_id).await?;
    let actor = kyc::actor(db, principal.user_id, principal.api_key_id).await?;
    if let Some(event) = kyc::follow_edit(db, investor, actor).await? {
        cx.audit(db, event.action(), ("investor", investor.to_string()), json!({})).await?;
    }
    Ok(())
}

/// `GET /v1/ownership/stakes/{id}`
pub(crate) async fn read(cx: &Context) -> Result<Answer<OwnershipStake>> {
    let id: Uuid = cx.param("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    Answer::ok(&existing(&db, id).await?)
}

/// `POST /v1/ownership/stakes/{id}/end`
pub(crate) async fn end(cx: &Context, end: StakeEnd) -> Result<Answer<OwnershipStake>> {
    let id: Uuid = cx.param("id")?;
    let db = cx.db().await?;
    let stake = db
        .transaction(async |db| {
            let known = store::stake(db, id).await?.ok_or(NO_STAKE)?;
            if let Some(investor) = known.owned_investor_id {
                profiles::touch_investor(db, investor).await?;
            }
            if let Some(until) = end.until
                && (until < known.since || known.until.is_some_and(|last| until > last))
            {
                return Err(Error::field(
                    "/until",
                    "must not be before its first day, nor after its last one",
                ));
            }
            if store::end_stake(db, id, end.until, &end.reason).await? == 0 {
                return Err(Error::conflict("already_revoked", "it has already been ended"));
            }
            let detail = json!({ "until": end.until, "reason": end.reason });
            cx.audit(db, "ownership.stake_ended", ("ownership_stake", id.to_string()), detail).await?;
            changed(cx, db, known.owned_investor_id).await?;
            existing(db, id).await
        })
        .await?;
    Answer::ok(&stake)
}

async fn existing(db: &Db, id: Uuid) -> Result<OwnershipStake> {
    store::stake(db, id).await?.map(answers::stake).ok_or(NO_STAKE)
}

/// `GET /v1/investors/{id}/ownership`
pub(crate) async fn look_through(cx: &Context) -> Result<Answer<Ownership>> {
    let id: InvestorId = cx.param("id")?;
    let mut query = cx.query()?;
    let on = query.optional("on").unwrap_or_else(|| cx.now().date_naive());
    query.finish()?;
    let db = cx.db().await?;
    store::kind_of_investor(&db, id).await?.ok_or(Error::NotFound { what: "investor" })?;
    let most = i64::try_from(MOST_NODES).unwrap_or(i64::MAX).saturating_add(1);
    let owners = store::owners_behind(&db, id.0, on, most).await?;
    let stakes = store::stakes_behind(&db, owners.iter().map(|owner| owner.id).collect(), on).await?;
    let nodes: Vec<Node> = owners.iter().map(Node::from).collect();
    let edges: Vec<Edge> = stakes.iter().map(Edge::from).collect();
    let found = ownership::look_through(id.0, &nodes, &edges)?;
    Answer::ok(&answers::ownership((id, on), owners, &stakes, &found))
}
