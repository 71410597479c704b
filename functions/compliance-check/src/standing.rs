//! Whether past decisions still stand at the moment when somebody reads them.

use std::{collections::BTreeMap, rc::Rc};

use chrono::{DateTime, Utc};
use fundrail_api::compliance::Question;
use fundrail_domain::{
    Error, Result,
    compliance::{Basis, Part, Rule, Stored, snapshot::fingerprint},
    ids::DecisionId,
    input::FromText as _,
};
use fundrail_platform::{Context, Reply, db::Db};
use fundrail_store::compliance::{
    decisions::{self as store, Decided},
    facts::{ChangeTimes, investors_changed},
};
use serde_json::Value;

use crate::{
    answers, asked,
    facts::{self, Book, Loaded},
};

/// The response to a question that was already asked under the same `Idempotency-Key`: the decision stored then, and whether it
/// still stands.
pub(crate) async fn replayed(cx: &Context, reply: Reply) -> Result<Reply> {
    let unreadable = || Error::internal("a stored answer names no decision");
    let stored: Value = serde_json::from_slice(reply.body()).map_err(|_| unreadable())?;
    let id = stored.get("id").and_then(Value::as_str).and_then(|id| DecisionId::from_text(id).ok());
    let db = cx.db().await?;
    let decision = store::decision(&db, id.ok_or_else(unreadable)?).await?.ok_or_else(unreadable)?;
    let stale_since = stale_since(cx, &db, &decision.decided).await?;
    reply.with_body(&answers::check(decision, stale_since))
}

/// Since when a decision no longer stands, as far as known; none while it does.
///
/// # Errors
/// Those of loading the facts, except that the facts are no longer there.
pub(crate) async fn stale_since(cx: &Context, db: &Db, decided: &Decided) -> Result<Option<DateTime<Utc>>> {
    Ok(all_stale_since(cx, db, &[decided]).await?.pop().flatten())
}

/// The same for several decisions, in as many statements as for one.
///
/// # Errors
/// Those of [`stale_since`].
pub(crate) async fn all_stale_since(
    cx: &Context,
    db: &Db,
    decisions: &[&Decided],
) -> Result<Vec<Option<DateTime<Utc>>>> {
    let mut today = of_today(db, decisions, cx.now()).await?;
    let differing = today.iter_mut().filter_map(|today| match today {
        Today::Other(other) => Some(&mut **other),
        Today::Same | Today::Gone => None,
    });
    compare(db, differing.collect()).await?;
    let since = today.iter().zip(decisions).map(|(today, decided)| {
        let changed = match today {
            Today::Same => None,
            Today::Gone => Some(cx.now()),
            Today::Other(other) => Some(other.first_change(cx.now())),
        };
        let over = Some(decided.valid_until).filter(|until| *until <= cx.now());
        changed.into_iter().chain(over).min()
    });
    Ok(since.collect())
}

/// What has become of the basis of a decision.
enum Today<'a> {
    /// It is unchanged.
    Same,
    /// It is no longer there, or the stored question cannot be read.
    Gone,
    /// It has changed.
    Other(Box<Other<'a>>),
}

/// A decision whose basis would be different today.
struct Other<'a> {
    decided: &'a Decided,
    basis: Basis,
    book: Rc<Book>,
    changed: ChangeTimes,
    /// What differs; nothing if that cannot be determined.
    parts: Vec<Part>,
}

/// What has become of the basis of each of these decisions; what exactly differs is determined later.
async fn of_today<'a>(db: &Db, decisions: &[&'a Decided], now: DateTime<Utc>) -> Result<Vec<Today<'a>>> {
    let questions: Vec<Option<Question>> = decisions.iter().map(|decided| asked(decided)).collect();
    let asked: Vec<Question> = questions.iter().flatten().copied().collect();
    let mut loaded = facts::load_all(db, &asked).await?.into_iter();
    let today = decisions.iter().zip(questions).map(|(decided, question)| {
        match question.and_then(|_| loaded.next()) {
            None | Some(Err(Error::NotFound { .. } | Error::Invalid(_))) => Ok(Today::Gone),
            Some(Err(error)) => Err(error),
            Some(Ok(Loaded { facts, book, changed })) => {
                let basis = Basis::new(&book.rules, facts, now);
                if fingerprint(&basis.canonical()?) == decided.basis_sha256 {
                    return Ok(Today::Same);
                }
                Ok(Today::Other(Box::new(Other { decided, basis, book, changed, parts: vec![] })))
            }
        }
    });
    today.collect()
}

/// Determines what differs in the basis of decisions, and when their investors first changed.
async fn compare(db: &Db, mut others: Vec<&mut Other<'_>>) -> Result<()> {
    if others.is_empty() {
        return Ok(());
    }
    let ids = others.iter().map(|other| other.decided.id.0).collect();
    let stored = store::bases(db, ids).await?.into_iter().map(|stored| (stored.id, stored.basis));
    let stored: BTreeMap<DecisionId, String> = stored.collect();
    for other in &mut others {
        let text = stored.get(&other.decided.id).map_or("", String::as_str);
        other.parts = match Basis::from_stored(text, &other.decided.basis_sha256) {
            Ok(Stored::Ours(then)) => then.parts_changed(&other.basis),
            Ok(Stored::OtherEngine(_)) | Err(_) => vec![],
        };
    }
    others.retain(|other| other.parts.contains(&Part::Investor));
    if others.is_empty() {
        return Ok(());
    }
    let investors = others.iter().map(|other| other.decided.investor_id.0).collect();
    let after = others.iter().map(|other| other.decided.decided_at).collect();
    for (other, first) in others.iter_mut().zip(investors_changed(db, investors, after).await?) {
        other.changed.investor = first.or(other.changed.investor);
    }
    Ok(())
}

impl Other<'_> {
    /// When the basis of the decision first changed, as far as known.
    fn first_change(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let decided_at = self.decided.decided_at;
        let times = self.parts.iter().filter_map(|part| match part {
            Part::Rules => Some(rules_changed(&self.book.rules, decided_at, now, self.changed.rules)),
            Part::Investor => self.changed.investor,
            Part::ShareClass => Some(self.changed.share_class),
            Part::Nav => self.changed.nav,
            Part::Lots => self.changed.lots,
            Part::Register => None,
        });
        // A time before the decision cannot be that of the change. Then we only know that it has happened by now.
        times.filter(|at| *at >= decided_at && *at <= now).min().unwrap_or(now)
    }
}

/// When the applicable rules changed: one came into force or ended, or somebody changed them.
fn rules_changed(
    rules: &[Rule],
    decided_at: DateTime<Utc>,
    now: DateTime<Utc>,
    changed: DateTime<Utc>,
) -> DateTime<Utc> {
    let turns = rules.iter().flat_map(|rule| [Some(rule.effective_from), rule.effective_to]).flatten();
    turns.chain([changed]).filter(|at| *at > decided_at && *at <= now).min().unwrap_or(changed)
}
