//! Whether a trail is still what was sealed.

use fundrail_api::audit::{AuditFinding, AuditVerification};
use fundrail_domain::audit::{Damage, Event, Finding, Seal, Walk};
use fundrail_platform::{Answer, Context, Error, Result, db::Db};
use fundrail_store::audit::{self as store, Standing};

/// Seals read at once.
const BATCH: i64 = 500;
/// Seals verified in one request.
const MOST: i64 = 20_000;
/// Findings reported in one request.
const MOST_FINDINGS: u8 = 100;

/// `GET /v1/audit/verify`: computes every hash again, and names what does not match.
pub(crate) async fn verify(cx: &Context) -> Result<Answer<AuditVerification>> {
    let mut query = cx.query()?;
    let from = query.optional_as("from_position", position).unwrap_or(1);
    query.finish()?;
    let db = cx.db().await?;
    // One snapshot: a sealer at work between two queries would look like damage.
    let found = db.snapshot(async |db| look(db, from).await).await?;
    Answer::ok(&found)
}

async fn look(db: &Db, from: i64) -> Result<AuditVerification> {
    let standing = store::standing(db).await?;
    let mut walk = start(db, from, &standing).await?;
    let next = along(db, &mut walk, &standing).await?;
    look_beside(db, &mut walk, next.is_none(), &standing).await?;
    Ok(AuditVerification {
        intact: walk.is_clean(),
        verified: walk.position() - (from - 1),
        sealed: standing.position.unwrap_or(0),
        waiting: standing.waiting,
        next_position: next,
        findings: walk.findings().into_iter().map(tell).collect(),
    })
}

/// Begins after the seal that precedes the first one to be verified; that seal may be gone.
async fn start(db: &Db, from: i64, standing: &Standing) -> Result<Walk> {
    let most = usize::from(MOST_FINDINGS);
    if from == 1 {
        return Ok(Walk::new(most));
    }
    let end = standing.position.unwrap_or(0).max(standing.last);
    if from - 1 > end {
        return Err(Error::field("/from_position", "is beyond the end of the chain"));
    }
    Ok(Walk::behind(from - 1, store::seal_hash(db, from - 1).await?, most))
}

/// Walks along the chain; returns where to continue, if that was not its end.
async fn along(db: &Db, walk: &mut Walk, standing: &Standing) -> Result<Option<i64>> {
    let last = walk.position().saturating_add(MOST);
    while walk.position() < last && !walk.is_full() {
        let rows = store::seals(db, walk.position(), BATCH.min(last - walk.position())).await?;
        if rows.is_empty() {
            let told = walk.end(standing.head().as_ref());
            let known = standing.position.unwrap_or(0);
            return Ok((told < known).then_some(told + 1));
        }
        walk.verify(&rows.into_iter().map(Seal::from).collect::<Vec<_>>());
    }
    Ok(Some(walk.position().saturating_add(1)))
}

/// Looks for what is not in the chain: events without a seal, and seals without their event.
async fn look_beside(db: &Db, walk: &mut Walk, complete: bool, standing: &Standing) -> Result<()> {
    let most = i64::from(MOST_FINDINGS);
    if complete || walk.has_gaps() {
        let unsealed = store::unsealed_events(db, most).await?;
        let strays = walk.place(unsealed.into_iter().map(Event::from).collect());
        for event in strays.iter().filter(|_| complete) {
            walk.find(Damage::EventUnsealed, None, event.id().map(str::to_owned));
        }
    }
    if complete {
        for event in store::waiting_in_vain(db, most).await? {
            walk.find(Damage::EventMissing, None, Some(event));
        }
        // Somebody who deletes a whole trail deletes this registration too. If part of a trail is left, it names what is missing.
        if walk.is_clean() && !standing.registered {
            walk.find(Damage::EventMissing, None, None);
        }
    }
    Ok(())
}

fn tell(finding: Finding) -> AuditFinding {
    AuditFinding {
        damage: finding.damage,
        position: finding.position,
        event_id: finding.event_id.and_then(|id| id.parse().ok()),
    }
}

fn position(text: &str) -> Result<i64, String> {
    match fundrail_domain::input::whole_number(text) {
        Some(position @ 1..=1_000_000_000_000) => Ok(position),
        _ => Err("must be a whole number from 1".to_owned()),
    }
}
