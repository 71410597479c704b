//! What the database knows, as answers have it.

use fundrail_api::{
    investors::{Investor, Revocation},
    kyc::{KycDocument, KycFile, KycFileSummary, KycRequest, KycSubmission, KycTransition},
};
use fundrail_domain::{Error, Result, ids::InvestorId, input::FromText as _, investor::file::RiskFactor};
use fundrail_platform::{Answer, db::Db};
use fundrail_store::{
    investors::{evidence, profiles},
    kyc as store,
};

use crate::file::{self, NO_INVESTOR};

/// The file of an investor, whole.
pub(crate) async fn file(db: &Db, id: InvestorId) -> Result<KycFile> {
    let row = store::file(db, id).await?.ok_or(NO_INVESTOR)?;
    let recorded = file::investor(db, id).await?.recorded;
    let risk = file::risk(db, &recorded, row.politically_exposed.unwrap_or(false)).await?;
    let (documents, requests) = (store::documents(db, id).await?, store::requests(db, id).await?);
    Ok(KycFile {
        investor_id: id,
        state: row.state,
        since: row.since,
        decision: recorded.kyc_decision,
        risk,
        documents: documents.into_iter().map(document).collect(),
        requests: requests.into_iter().map(request).collect(),
        version: row.version,
        submission: submission(row),
    })
}

fn submission(row: store::File) -> Option<KycSubmission> {
    Some(KycSubmission {
        id: row.submission_id?,
        submitted_at: row.submitted_at?,
        submitted_by: row.submitted_by,
        submitted_with: row.submitted_with,
        politically_exposed: row.politically_exposed?,
        source_of_funds: row.source_of_funds?,
    })
}

fn document(row: store::Document) -> KycDocument {
    KycDocument {
        id: row.id,
        kind: row.kind,
        issuer: row.issuer,
        reference: row.reference,
        sha256: row.sha256,
        issued_on: row.issued_on,
        expires_on: row.expires_on,
        recorded_at: row.recorded_at,
    }
}

fn request(row: store::Request) -> KycRequest {
    KycRequest {
        id: row.id,
        question: row.question,
        asked_by: row.asked_by,
        asked_at: row.asked_at,
        answer: row.answer,
        answered_by: row.answered_by,
        answered_at: row.answered_at,
        withdrawn_at: row.withdrawn_at,
    }
}

/// Something that has happened to a file.
pub(crate) fn transition(row: store::Transition) -> Result<KycTransition> {
    let read = |word: &String| RiskFactor::from_text(word);
    let risk_factors = row.risk_factors.iter().flatten().map(read).collect::<Result<_, String>>();
    Ok(KycTransition {
        position: row.number,
        id: row.id,
        event: row.event,
        from: row.from_state,
        to: row.to_state,
        acted_by: row.acted_by,
        acted_with: row.acted_with,
        reason: row.reason,
        risk: row.risk,
        risk_factors: risk_factors
            .map_err(|what| Error::internal(format!("the column `risk_factors` {what}")))?,
        submission_id: row.submission_id,
        valid_until: row.valid_until,
        identity_version: row.identity_version,
        recorded_at: row.recorded_at,
    })
}

/// A file of a list.
pub(crate) fn summary(row: store::FileSummary) -> KycFileSummary {
    KycFileSummary {
        investor_id: row.investor_id,
        name: row.name,
        kind: row.kind,
        state: row.state,
        since: row.since,
        valid_until: row.valid_until,
    }
}

/// 201 with the file.
pub(crate) fn created(file: &KycFile) -> Result<Answer<KycFile>> {
    let location = format!("/v1/investors/{}/kyc", file.investor_id);
    Ok(Answer::created(&location, file)?.with_header("etag", &etag(file)))
}

/// 200 with the file.
pub(crate) fn shown(file: &KycFile) -> Result<Answer<KycFile>> {
    Ok(Answer::ok(file)?.with_header("etag", &etag(file)))
}

fn etag(file: &KycFile) -> String {
    format!("\"{}\"", file.version)
}

/// What was revoked.
pub(crate) fn revocation(row: evidence::Revocation) -> Revocation {
    Revocation {
        id: row.id,
        subject: row.subject,
        subject_id: row.subject_id,
        reason: row.reason,
        revoked_at: row.revoked_at,
        statement: row.statement.0,
    }
}

/// 201 with an investor.
pub(crate) fn created_investor(row: profiles::Investor) -> Result<Answer<Investor>> {
    let location = format!("/v1/investors/{}", row.id);
    let (investor, etag) = investor(row);
    Ok(Answer::created(&location, &investor)?.with_header("etag", &etag))
}

/// 200 with an investor.
pub(crate) fn changed_investor(row: profiles::Investor) -> Result<Answer<Investor>> {
    let (investor, etag) = investor(row);
    Ok(Answer::ok(&investor)?.with_header("etag", &etag))
}

/// An investor with its entity tag.
fn investor(row: profiles::Investor) -> (Investor, String) {
    let etag = format!("\"{}\"", row.version);
    (Investor::new(row.id, row.recorded, row.version, (row.created_at, row.updated_at)), etag)
}
