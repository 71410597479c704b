//! Gathers what a decision may look at.

use std::time::Duration;

use fundrail_domain::{
    Error, Result,
    compliance::{
        Facts, InvestorFacts, Order, Quantity, Rule, ShareClassFacts, fund_question, register_question,
    },
};
use fundrail_platform::{cache, cache_keys, db::Db};

use crate::{
    Question,
    queries::{self, ChangeTimes, RuleBook, Subject},
};

/// How long rules may come from the cache. Their dates of effect are looked at anew every time, and a change of rules is a
/// new version of them, of which nothing is in the cache yet.
const RULES_FRESH: Duration = Duration::from_hours(1);

/// What a decision is made of.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) facts: Facts,
    pub(crate) rules: Vec<Rule>,
    pub(crate) changed: ChangeTimes,
}

/// Facts and rules for a question.
///
/// # Errors
/// [`Error::NotFound`] for an unknown share class or investor, [`Error::Invalid`] for an amount that the share class
/// does not count in.
pub(crate) async fn load(db: &Db, question: Question) -> Result<Loaded> {
    let subject = queries::subject(db, question.share_class, question.investor).await?;
    let subject = subject.ok_or(Error::NotFound { what: "share class" })?;
    let recorded = subject.investor.as_ref().ok_or(Error::NotFound { what: "investor" })?;
    if let Quantity::Amount(amount) = question.quantity {
        let complaints = amount.complaints("/amount", subject.currency, "the share class");
        if !complaints.is_empty() {
            return Err(Error::Invalid(complaints));
        }
    }
    let book = rule_book(db, question, &subject).await?;
    let rules = book.rules()?;
    let register = match register_question(&rules, question.side) {
        Some(asked) => Some(queries::register(db, question.share_class, question.investor, asked).await?),
        None => None,
    };
    let mut facts = Facts {
        investor: InvestorFacts::of(question.investor, recorded),
        share_class: ShareClassFacts {
            id: question.share_class,
            currency: subject.currency,
            status: subject.status,
            min_first_subscription: subject.min_first_subscription.normalize(),
            min_further_subscription: subject.min_further_subscription.normalize(),
            chains: subject.chains,
            rule_sets: subject.rule_sets,
            unknown_rule_sets: book.unknown_rule_sets,
            nav: subject.nav,
        },
        order: Order::new(question.side, question.quantity),
        lots: subject.lots,
        elsewhere: if fund_question(&rules, question.side) { subject.elsewhere } else { vec![] },
        register,
    };
    // A new value is another fact for those alone whose decision it measures.
    if !facts.need_nav() {
        facts.share_class.nav = None;
    }
    Ok(Loaded { facts, rules, changed: subject.changed })
}

/// The rules of the share class, from the cache unless they were those of other rule sets than it names now. The version of
/// all rules, which was read with the facts, is part of the key.
async fn rule_book(db: &Db, question: Question, subject: &Subject) -> Result<RuleBook> {
    let key = cache_keys::rules(question.share_class, subject.rules_version);
    let load = || queries::rules(db, &subject.rule_sets);
    let (book, _) = cache::read_through(&key, RULES_FRESH, load).await?;
    if book.rule_sets == subject.rule_sets { Ok(book) } else { queries::rules(db, &subject.rule_sets).await }
}
