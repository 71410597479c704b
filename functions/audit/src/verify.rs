//! Whether a trail is still what was sealed.

use fundrail_api::audit::{AuditFinding, AuditVerification};
use fundrail_domain::audit::{self, Finding, Head};
use fundrail_platform::{Context, Error, Reply, Result, db::Db};

use crate::queries;

/// Seals read at once.
const BATCH: i64 = 500;
/// Seals verified in one request.
const MOST: i64 = 20_000;
/// Findings told in one request.
const MOST_FINDINGS: usize = 100;

/// `GET /v1/audit/verify`: works every hash out anew, and names what does not fit.
pub(crate) async fn verify(cx: &Context) -> Result<Reply> {
    let mut query = cx.query()?;
    let from = query.optional_as("from_position", position).unwrap_or(1);
    query.finish()?;
    let db = cx.db().await?;
    let known = queries::head(&db).await?;
    let start = start(&db, from).await?;
    let (reached, mut findings, complete) = walk(&db, start).await?;
    if complete {
        findings.extend(audit::verify_end(&reached, &known));
    }
    let waiting = queries::waiting(&db).await?;
    let next = reached.position.max(from - 1) + 1;
    findings.truncate(MOST_FINDINGS);
    Reply::ok(&AuditVerification {
        intact: findings.is_empty(),
        verified: next - from,
        sealed: known.position,
        waiting,
        next_position: (!complete).then_some(next),
        findings: findings.into_iter().map(tell).collect(),
    })
}

/// What the seal before the first one says.
async fn start(db: &Db, from: i64) -> Result<Head> {
    if from == 1 {
        return Ok(Head::default());
    }
    let before = queries::seal_hash(db, from - 1).await?;
    let chain_hash =
        before.ok_or_else(|| Error::field("/from_position", "is beyond the end of the chain"))?;
    Ok(Head { position: from - 1, chain_hash })
}

async fn walk(db: &Db, start: Head) -> Result<(Head, Vec<Finding>, bool)> {
    let last = start.position + MOST;
    let (mut head, mut findings) = (start, Vec::new());
    loop {
        let seals = queries::seals(db, head.position, BATCH.min(last - head.position)).await?;
        if seals.is_empty() {
            return Ok((head, findings, true));
        }
        let (reached, found) = audit::verify(head, &seals);
        head = reached;
        findings.extend(found);
        if head.position >= last || findings.len() >= MOST_FINDINGS {
            return Ok((head, findings, false));
        }
    }
}

fn tell(finding: Finding) -> AuditFinding {
    AuditFinding {
        damage: finding.damage,
        position: finding.position,
        event_id: finding.event_id.and_then(|id| id.parse().ok()),
    }
}

fn position(text: &str) -> Result<i64, String> {
    match text.parse::<i64>() {
        Ok(position @ 1..=1_000_000_000_000) => Ok(position),
        _ => Err("has to be a whole number from 1".to_owned()),
    }
}
