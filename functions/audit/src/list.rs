//! What happened in a tenant, newest first.

use chrono::{DateTime, Utc};
use fundrail_api::{audit::AuditEvent, common::Page};
use fundrail_platform::{Context, Reply, Result};
use uuid::Uuid;

use crate::{changes, queries};

/// Which events are asked for.
pub(crate) struct Filter {
    pub(crate) action: Option<String>,
    pub(crate) subject_kind: Option<String>,
    pub(crate) subject_id: Option<String>,
    pub(crate) actor_id: Option<Uuid>,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
    pub(crate) after: Option<Uuid>,
    pub(crate) limit: usize,
}

/// `GET /v1/audit`
pub(crate) async fn list(cx: &Context) -> Result<Reply> {
    let mut query = cx.query()?;
    let filter = Filter {
        action: query.optional_as("action", word),
        subject_kind: query.optional_as("subject_kind", word),
        subject_id: query.optional_as("subject_id", word),
        actor_id: query.optional("actor_id"),
        from: query.optional("from"),
        to: query.optional("to"),
        after: query.optional("starting_after"),
        limit: query.limit(),
    };
    query.finish()?;
    let db = cx.db().await?;
    let mut rows = queries::events(&db, &filter).await?;
    changes::reveal(cx, &db, &mut rows).await?;
    Reply::ok(&Page::from_rows(rows, filter.limit, |event: &AuditEvent| event.id.to_string()))
}

/// Text that an action, a kind or an id can be.
fn word(text: &str) -> Result<String, String> {
    let fits = (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err("has to be 1 to 100 visible ASCII characters".to_owned()) }
}
