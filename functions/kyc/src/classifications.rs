//! Classifications, and their approval by a second person.

use fundrail_api::investors::Investor;
use fundrail_domain::{Error, Result, ids::InvestorId};
use fundrail_platform::{Answer, Context};
use fundrail_store::{investors::evidence, kyc};
use serde_json::json;
use uuid::Uuid;

use crate::{
    answers::changed_investor,
    file::{self, touch},
};

/// `POST /v1/investors/{id}/classifications/{classification_id}/approval`
pub(crate) async fn approve(cx: &Context) -> Result<Answer<Investor>> {
    let (id, classification): (InvestorId, Uuid) = (cx.param("id")?, cx.param("classification_id")?);
    let (person, _) = cx.principal()?.person()?;
    let db = cx.db().await?;
    let row = db
        .transaction(async |db| {
            touch(cx, db, id).await?;
            let found = evidence::classification_authors(db, id, classification).await?;
            let found = found.ok_or(Error::NotFound { what: "classification" })?;
            if found.revoked {
                return Err(Error::conflict("already_revoked", "it has been revoked"));
            }
            if found.approved {
                return Err(Error::conflict("already_approved", "it has already been approved"));
            }
            let authors = evidence::authors(db, id, &found).await?;
            authors.check_second(person, kyc::permitted_since(db, person).await?)?;
            evidence::add_classification_approval(db, id, classification, person, found.recorded_by).await?;
            let detail = json!({ "classification_id": classification });
            cx.audit(db, "investor.classification_approved", ("investor", id.to_string()), detail).await?;
            file::investor(db, id).await
        })
        .await?;
    changed_investor(row)
}
