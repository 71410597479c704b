//! All SQL of this component.

use fundrail_api::audit::AuditEvent;
use fundrail_domain::audit::{Event, Head, Seal};
use fundrail_platform::{
    Result,
    db::{Db, IntoParameter as _, Parameter, Row},
    params,
    secrets::Sealed,
};
use uuid::Uuid;

use crate::list::Filter;

/// The fields of an event `e`, in the order in which they are hashed.
macro_rules! event_fields {
    () => {
        "e.tenant_id::text as f0, e.id::text as f1, rfc3339(e.occurred_at) as f2, e.actor_kind as f3, \
        e.actor_id::text as f4, e.action as f5, e.subject_kind as f6, e.subject_id as f7, e.detail as f8, \
        e.request_id as f9, e.client_address as f10"
    };
}

/// What is shown of an event `e` with its seal `s`.
macro_rules! shown {
    () => {
        "select e.id, rfc3339(e.occurred_at) as occurred_at, e.actor_kind, e.actor_id, e.action, \
            e.subject_kind, e.subject_id, e.detail, e.request_id, e.client_address, s.position "
    };
}

/// What of the tenant's is asked for, by the first six parameters.
macro_rules! asked_for {
    () => {
        " where e.tenant_id = app_tenant_id() \
          and ($1::text is null or e.action = $1) \
          and ($2::text is null or e.subject_kind = $2) \
          and ($3::text is null or e.subject_id = $3) \
          and ($4::uuid is null or e.actor_id = $4) \
          and ($5::text is null or e.occurred_at >= $5::text::timestamptz) \
          and ($6::text is null or e.occurred_at < $6::text::timestamptz) "
    };
}

/// Events of every state, newest first, behind one of them.
pub(crate) async fn newest_events(db: &Db, filter: &Filter, after: Option<Uuid>) -> Result<Vec<AuditEvent>> {
    const SQL: &str = concat!(
        shown!(),
        "from audit_event e left join audit_seal s on s.tenant_id = e.tenant_id and s.event_id = e.id",
        asked_for!(),
        "and ($7::uuid is null or e.id < $7) order by e.id desc limit $8"
    );
    db.query(SQL, parameters(filter, after.into_parameter()), shown).await
}

/// Sealed events in the order of the chain, behind a place in it.
pub(crate) async fn sealed_events(db: &Db, filter: &Filter, after: i64) -> Result<Vec<AuditEvent>> {
    const SQL: &str = concat!(
        shown!(),
        "from audit_seal s join audit_event e on e.tenant_id = s.tenant_id and e.id = s.event_id",
        asked_for!(),
        "and s.tenant_id = app_tenant_id() and s.position > $7 order by s.position limit $8"
    );
    db.query(SQL, parameters(filter, after.into_parameter()), shown).await
}

fn parameters(filter: &Filter, after: Parameter) -> Vec<Parameter> {
    params![
        filter.action.as_deref(),
        filter.subject_kind.as_deref(),
        filter.subject_id.as_deref(),
        filter.actor_id,
        filter.from,
        filter.to,
        after,
        i64::try_from(filter.limit + 1).unwrap_or(101)
    ]
}

fn shown(row: &Row) -> Result<AuditEvent> {
    Ok(AuditEvent {
        id: row.get("id")?,
        occurred_at: row.parse("occurred_at")?,
        actor_kind: row.get("actor_kind")?,
        actor_id: row.get("actor_id")?,
        action: row.get("action")?,
        subject_kind: row.get("subject_kind")?,
        subject_id: row.get("subject_id")?,
        detail: row.json("detail")?,
        request_id: row.get("request_id")?,
        client_address: row.get("client_address")?,
        position: row.get("position")?,
    })
}

/// What a change has changed, as it is kept.
pub(crate) struct SealedChange {
    pub(crate) id: Uuid,
    pub(crate) values: Sealed,
}

/// Changes of investors of the tenant.
pub(crate) async fn changes(db: &Db, ids: Vec<Uuid>) -> Result<Vec<SealedChange>> {
    const SQL: &str =
        "select id, secret_sealed, secret_key_id from investor_change where id = any ($1::text[]::uuid[])";
    db.query(SQL, params![ids], |row| {
        let values = Sealed { key_id: row.get("secret_key_id")?, text: row.get("secret_sealed")? };
        Ok(SealedChange { id: row.get("id")?, values })
    })
    .await
}

/// The standing of a chain.
pub(crate) struct Standing {
    /// Where it is known to end.
    pub(crate) head: Option<Head>,
    /// Position of the last seal.
    pub(crate) last: i64,
    /// Events that wait for their seal.
    pub(crate) waiting: i64,
    /// Whether the trail has the event that every trail begins with.
    pub(crate) registered: bool,
}

/// How the chain of the tenant stands.
pub(crate) async fn standing(db: &Db) -> Result<Standing> {
    const SQL: &str = "select h.position, h.chain_hash, \
            coalesce((select max(s.position) from audit_seal s where s.tenant_id = app_tenant_id()), 0) as last, \
            (select count(*) from audit_pending p where p.tenant_id = app_tenant_id()) as waiting, \
            exists (select from audit_event e where e.tenant_id = app_tenant_id() and e.action = 'tenant.registered' \
                and e.subject_kind = 'tenant' and e.subject_id = app_tenant_id()::text) as registered \
        from (select) as one left join audit_head h on h.tenant_id = app_tenant_id()";
    db.one(SQL, params![], |row| {
        let position: Option<i64> = row.get("position")?;
        let chain_hash: Option<String> = row.get("chain_hash")?;
        Ok(Standing {
            head: position.zip(chain_hash).map(|(position, chain_hash)| Head { position, chain_hash }),
            last: row.get("last")?,
            waiting: row.get("waiting")?,
            registered: row.get("registered")?,
        })
    })
    .await
}

/// The chain hash of one seal.
pub(crate) async fn seal_hash(db: &Db, position: i64) -> Result<Option<String>> {
    const SQL: &str = "select chain_hash from audit_seal where tenant_id = app_tenant_id() and position = $1";
    db.optional(SQL, params![position], |row| row.get("chain_hash")).await
}

/// Events that have no seal and wait for none, in the order in which they happened.
pub(crate) async fn unsealed(db: &Db, limit: i64) -> Result<Vec<Event>> {
    const SQL: &str = concat!(
        "select ",
        event_fields!(),
        " from audit_event e \
        where e.tenant_id = app_tenant_id() \
          and not exists (select from audit_seal s where s.tenant_id = e.tenant_id and s.event_id = e.id) \
          and not exists (select from audit_pending p where p.tenant_id = e.tenant_id and p.event_id = e.id) \
        order by e.occurred_at, e.id limit $1"
    );
    db.query(SQL, params![limit], event).await
}

/// Events that wait for their seal, and are gone.
pub(crate) async fn waiting_in_vain(db: &Db, limit: i64) -> Result<Vec<String>> {
    const SQL: &str = "select p.event_id::text as event_id from audit_pending p \
        where p.tenant_id = app_tenant_id() \
          and not exists (select from audit_event e where e.tenant_id = p.tenant_id and e.id = p.event_id) \
        order by p.number limit $1";
    db.query(SQL, params![limit], |row| row.get("event_id")).await
}

/// Seals after a position, in order, with what their events say now.
pub(crate) async fn seals(db: &Db, after: i64, limit: i64) -> Result<Vec<Seal>> {
    const SQL: &str = concat!(
        "select s.position, s.event_id::text as event_id, s.event_hash, s.chain_hash, e.id is not null as present, ",
        event_fields!(),
        " from audit_seal s \
        left join audit_event e on e.tenant_id = s.tenant_id and e.id = s.event_id \
        where s.tenant_id = app_tenant_id() and s.position > $1 order by s.position limit $2"
    );
    db.query(SQL, params![after, limit], |row| {
        let event = if row.get::<bool>("present")? { Some(event(row)?) } else { None };
        Ok(Seal {
            position: row.get("position")?,
            event_id: row.get("event_id")?,
            event_hash: row.get("event_hash")?,
            chain_hash: row.get("chain_hash")?,
            event,
        })
    })
    .await
}

fn event(row: &Row) -> Result<Event> {
    const NAMES: [&str; 11] = ["f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10"];
    let mut fields = [const { None }; 11];
    for (field, name) in fields.iter_mut().zip(NAMES) {
        *field = row.get::<Option<String>>(name)?;
    }
    Ok(Event { fields })
}
