//! Gathers what decisions may look at.

use std::{collections::BTreeMap, rc::Rc, time::Duration};

use fundrail_api::compliance::Question;
use fundrail_domain::{
    Error, Result,
    compliance::{
        Facts, InvestorFacts, Order, Quantity, Register, Rule, ShareClassFacts, fund_question,
        register_question,
    },
    ids::ShareClassId,
    investor::Recorded,
};
use fundrail_platform::{cache, cache_keys, db::Db};
use fundrail_store::compliance::facts::{self as store, ChangeTimes, RegisterLookup, Subject};

use crate::subject;

/// How long rules may come from the cache. Their effective dates are checked every time, and a change of rules is a
/// new version of them, of which nothing is in the cache yet.
const RULES_FRESH: Duration = Duration::from_hours(1);

/// What a decision is made of.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) facts: Facts,
    pub(crate) book: Rc<Book>,
    pub(crate) changed: ChangeTimes,
}

/// The rules of a share class.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) rules: Vec<Rule>,
    unknown_rule_sets: Vec<String>,
}

/// Facts and rules for a question.
///
/// # Errors
/// As [`load_all`] has them of each question, and for all.
pub(crate) async fn load(db: &Db, question: Question) -> Result<Loaded> {
    let loaded = load_all(db, &[question]).await?.pop();
    loaded.unwrap_or_else(|| Err(Error::internal("a question was passed over")))
}

/// Facts and rules for each of some questions: in as many statements as for one, and what several of them share once. Of a
/// question [`Error::NotFound`] for an unknown share class or investor, and [`Error::Invalid`] for an amount that the share class
/// does not count in.
///
/// # Errors
/// Those of Postgres, and of rules or investors that this version cannot read.
pub(crate) async fn load_all(db: &Db, questions: &[Question]) -> Result<Vec<Result<Loaded>>> {
    let subjects = store::subjects(db, &distinct(questions.iter().map(subject))).await?;
    let mut books = BTreeMap::new();
    let mut lookups = Vec::new();
    let mut prepared = Vec::with_capacity(questions.len());
    for question in questions {
        prepared.push(match answerable(question, subjects.get(&subject(question))) {
            Ok((subject, recorded)) => {
                let book = book(db, &mut books, question.share_class, subject).await?;
                let lookup = lookup(question, &book);
                lookups.extend(lookup.clone());
                Ok((subject, recorded, book, lookup))
            }
            Err(error) => Err(error),
        });
    }
    let lookups = distinct(lookups.into_iter());
    let registers = store::registers(db, &lookups).await?;
    let register_of = |lookup: RegisterLookup| {
        let mut answered = lookups.iter().zip(&registers);
        answered.find(|(asked, _)| **asked == lookup).map(|(_, register)| *register)
    };
    let loaded = questions.iter().zip(prepared).map(|(question, prepared)| {
        let (subject, recorded, book, lookup) = prepared?;
        let facts = facts(question, (subject, recorded), &book, lookup.and_then(register_of));
        Ok(Loaded { facts, book, changed: subject.changed })
    });
    Ok(loaded.collect())
}

/// Each of them once. They are one page of a list at most.
fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.fold(Vec::new(), |mut distinct, one| {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
        distinct
    })
}

/// The investor and share class of a question, if it can be answered.
fn answerable<'a>(question: &Question, subject: Option<&'a Subject>) -> Result<(&'a Subject, &'a Recorded)> {
    let subject = subject.ok_or(Error::NotFound { what: "share class" })?;
    let recorded = subject.investor.as_ref().ok_or(Error::NotFound { what: "investor" })?;
    if let Quantity::Amount(amount) = question.quantity {
        let complaints = amount.complaints("/amount", subject.currency, "the share class");
        if !complaints.is_empty() {
            return Err(Error::Invalid(complaints));
        }
    }
    Ok((subject, recorded))
}

/// The rules of a share class, from the cache unless it names other rule sets by now. The version of all rules, which was read with
/// the facts, is part of the key.
async fn book(
    db: &Db,
    known: &mut BTreeMap<ShareClassId, Rc<Book>>,
    class: ShareClassId,
    subject: &Subject,
) -> Result<Rc<Book>> {
    if let Some(book) = known.get(&class) {
        return Ok(Rc::clone(book));
    }
    let key = cache_keys::rules(class, subject.rules_version);
    let load = || store::rule_book(db, &subject.rule_sets);
    let (mut stored, _) = cache::read_through(&key, RULES_FRESH, load).await?;
    if stored.rule_sets != subject.rule_sets {
        stored = load().await?;
    }
    let book = Rc::new(Book { rules: stored.rules()?, unknown_rule_sets: stored.unknown_rule_sets });
    known.insert(class, Rc::clone(&book));
    Ok(book)
}

/// What must be asked of the register of holders; nothing if no rule depends on it.
fn lookup(question: &Question, book: &Book) -> Option<RegisterLookup> {
    let asked = register_question(&book.rules, question.side)?;
    Some(RegisterLookup { share_class: question.share_class, investor: question.investor, question: asked })
}

fn facts(
    question: &Question,
    (subject, recorded): (&Subject, &Recorded),
    book: &Book,
    register: Option<Register>,
) -> Facts {
    let elsewhere =
        if fund_question(&book.rules, question.side) { subject.elsewhere.clone() } else { vec![] };
    let mut facts = Facts {
        investor: InvestorFacts::of(question.investor, recorded),
        share_class: ShareClassFacts {
            id: question.share_class,
            currency: subject.currency,
            status: subject.status,
            min_first_subscription: subject.min_first_subscription.normalize(),
            min_further_subscription: subject.min_further_subscription.normalize(),
            chains: subject.chains.clone(),
            rule_sets: subject.rule_sets.clone(),
            unknown_rule_sets: book.unknown_rule_sets.clone(),
            nav: subject.nav,
        },
        order: Order::new(question.side, question.quantity),
        lots: subject.lots.clone(),
        elsewhere,
        register,
    };
    // A new value changes the facts only of decisions that are measured by it.
    if !facts.need_nav() {
        facts.share_class.nav = None;
    }
    facts
}
