//! Gathers what a decision may look at.

use std::time::Duration;

use fundrail_domain::{
    Error, Result,
    compliance::{Facts, InvestorFacts, Order, Rule, ShareClassFacts, needs_register},
};
use fundrail_platform::{
    cache::{self, Key},
    db::Db,
};

use crate::{
    Question,
    queries::{self, RuleBook, Subject},
};

/// How long rules may come from the cache. Their dates of effect are looked at anew every time.
const RULES_FRESH: Duration = Duration::from_hours(1);

/// Facts and rules for a question.
///
/// # Errors
/// [`Error::NotFound`] for an unknown share class or investor, [`Error::Invalid`] for an amount that the share class
/// does not count in.
pub(crate) async fn load(db: &Db, question: Question) -> Result<(Facts, Vec<Rule>)> {
    let subject = queries::subject(db, question.share_class, question.investor).await?;
    let subject = subject.ok_or(Error::NotFound { what: "share class" })?;
    let recorded = subject.investor.as_ref().ok_or(Error::NotFound { what: "investor" })?;
    let complaints = question.amount.complaints("/amount", subject.currency, "the share class");
    if !complaints.is_empty() {
        return Err(Error::Invalid(complaints));
    }
    let book = rule_book(db, question, &subject).await?;
    let rules = book.rules()?;
    let register = if needs_register(&rules, question.side) {
        Some(queries::register(db, question.share_class, question.investor).await?)
    } else {
        None
    };
    let facts = Facts {
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
        },
        order: Order::new(question.side, question.amount),
        lots: subject.lots,
        register,
    };
    Ok((facts, rules))
}

/// The rules of the share class, from the cache unless they were those of other rule sets than it names now.
async fn rule_book(db: &Db, question: Question, subject: &Subject) -> Result<RuleBook> {
    let key = Key::shared(&format!("rules:{}", question.share_class));
    let load = || queries::rules(db, &subject.rule_sets);
    let (book, _) = cache::read_through(&key, RULES_FRESH, load).await?;
    if book.rule_sets == subject.rule_sets { Ok(book) } else { queries::rules(db, &subject.rule_sets).await }
}
