//! What happened in a tenant: browsed, newest first, or followed from the beginning on.
//!
//! Browsing goes by id, and includes events that are not sealed yet. Following goes by the position in the sealed chain. An id is
//! assigned before its event is committed, so a slow writer's event can appear behind a cursor that has already passed it. A
//! position is assigned to what is committed, by a single sealer, and never below one that could already be read.

use fundrail_api::{audit::AuditEvent, common::Page};
use fundrail_domain::input::whole_number;
use fundrail_platform::{Answer, Asked, Context, Order, Result};
use fundrail_store::{
    audit::{self as store, EventFilter},
    one_more,
};
use uuid::Uuid;

use crate::changes;

/// Behind what to go on.
enum Cursor {
    /// An event, newest first.
    Event(Option<Uuid>),
    /// A place in the chain, upwards.
    Position(i64),
}

/// `GET /v1/audit`
pub(crate) async fn list(cx: &Context) -> Result<Answer<Page<AuditEvent>>> {
    let mut query = cx.query()?;
    let filter = EventFilter {
        action: query.optional_as("action", word),
        subject_kind: query.optional_as("subject_kind", word),
        subject_id: query.optional_as("subject_id", word),
        actor_id: query.optional("actor_id"),
        from: query.optional("from"),
        to: query.optional("to"),
    };
    let limit = query.limit();
    let cursor = match query.order(Order::Descending) {
        Order::Descending => Cursor::Event(query.optional("starting_after")),
        Order::Ascending => {
            Cursor::Position(query.optional_as("starting_after", position).unwrap_or_default())
        }
    };
    query.finish()?;
    let db = cx.db().await?;
    let mut page = match cursor {
        Cursor::Event(after) => {
            let asked = Asked { order: Order::Descending, limit, after };
            let rows = store::newest_events(&db, &asked, filter).await?;
            Page::from_rows(shown(rows), limit, |event| event.id.to_string())
        }
        Cursor::Position(after) => {
            let rows = store::sealed_events(&db, after, one_more(limit), filter).await?;
            Page::followed(shown(rows), limit, |event| event.position.unwrap_or_default().to_string())
        }
    };
    changes::reveal(cx, &db, &mut page.data).await?;
    Answer::ok(&page)
}

fn shown(events: Vec<store::Event>) -> Vec<AuditEvent> {
    let shown = events.into_iter().map(|event| AuditEvent {
        id: event.id,
        occurred_at: event.occurred_at,
        actor_kind: event.actor_kind,
        actor_id: event.actor_id,
        action: event.action,
        subject_kind: event.subject_kind,
        subject_id: event.subject_id,
        detail: event.detail.0,
        request_id: event.request_id,
        client_address: event.client_address,
        position: event.position,
    });
    shown.collect()
}

/// A place in the chain; 0 is before the first.
fn position(text: &str) -> Result<i64, String> {
    match whole_number(text) {
        Some(position @ 0..=1_000_000_000_000) => Ok(position),
        _ => Err("must be the `position` of an event if `order` is `asc`".to_owned()),
    }
}

/// Text that an action, a kind or an id can be.
fn word(text: &str) -> Result<String, String> {
    let fits = (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err("must be 1 to 100 visible ASCII characters".to_owned()) }
}
