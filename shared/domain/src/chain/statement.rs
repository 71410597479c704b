//! Statements about a log, and what follows from them.
//!
//! A log is included in a chain, removed when a reorganisation removes its block, and included again when that block returns.
//! Each of these arrives as a message of its own, at least once, in any order and with any delay. So the time of a delivery must
//! not decide what holds: a retry carries a new one.
//!
//! Invariant: a verdict is a function of the set of statements. Neither the order of their arrival, nor repetition, nor the time
//! of an attempt changes it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{Delivered, LogKey};

/// A statement by a message about a log. A message that first says `included` and then `removed` makes one statement per turn.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Statement {
    /// Sender of the statement.
    pub sender: String,
    /// The message: the same in each of its deliveries.
    pub message: String,
    /// Which turn of the message, from 1.
    pub turn: i32,
    /// Whether the log's block is not part of the chain.
    pub removed: bool,
    /// When it happened, according to the message.
    pub said_at: Option<DateTime<Utc>>,
    /// When it was first received.
    pub heard_at: DateTime<Utc>,
    /// Number of the delivery with which it was first received.
    pub delivery: i64,
}

/// How late a statement is. This orders blocks that contradict each other and nothing else.
///
/// A time that a message gives is all that counts of it: two blocks that were announced for the same moment are equally late,
/// whichever message arrived first. Arrival is all there is to go by for messages that give none; they are earlier than all that do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// By arrival: when it was received, in which delivery, and as which turn of it.
    Heard(DateTime<Utc>, i64, i32),
    /// When it happened, according to the message.
    Timed(DateTime<Utc>),
}

impl Statement {
    /// What a delivery says, for comparison with what the same sender said before. Its message counts as different from those of
    /// all earlier statements.
    fn just_heard(delivered: &Delivered, before: Option<&Self>, now: DateTime<Utc>) -> Self {
        Self {
            sender: before.map(|before| before.sender.clone()).unwrap_or_default(),
            message: String::new(),
            turn: delivered.turn,
            removed: delivered.removed,
            said_at: delivered.said_at,
            heard_at: now,
            delivery: i64::MAX,
        }
    }

    /// How late it is.
    pub fn said(&self) -> Said {
        self.said_at.map_or(Said::Heard(self.heard_at, self.delivery, self.turn), Said::Timed)
    }
}

/// Whether a log with these statements is part of its chain. A log without any did not come with a message, and is. If senders
/// differ, it is not: nobody is paid on the word of one against another.
pub fn is_included(statements: &[Statement]) -> bool {
    let mut of_sender: BTreeMap<&str, Vec<&Statement>> = BTreeMap::new();
    for statement in statements {
        of_sender.entry(&statement.sender).or_default().push(statement);
    }
    of_sender.values().all(|said| by_time(said).unwrap_or_else(|| by_number(said)))
}

/// Which logs of a delivery say something new: they are the first statement of their kind about the log, or change the verdict.
/// `before` contains earlier statements about each log, for those about which this message had not said this before.
pub fn news(
    logs: &[Delivered],
    mut before: BTreeMap<usize, Vec<Statement>>,
    now: DateTime<Utc>,
) -> Vec<bool> {
    let mut known: HashMap<LogKey, Vec<Statement>> = HashMap::new();
    let mut turns: HashSet<(LogKey, i32)> = HashSet::new();
    let mut news = Vec::with_capacity(logs.len());
    for (place, delivered) in logs.iter().enumerate() {
        let key = delivered.log.key;
        let heard = before.remove(&place).filter(|_| turns.insert((key, delivered.turn)));
        news.push(heard.is_some_and(|before| {
            let known = known.entry(key).or_insert(before);
            let first = known.iter().all(|other| other.removed != delivered.removed);
            let included = is_included(known);
            known.push(Statement::just_heard(delivered, known.first(), now));
            first || is_included(known) != included
        }));
    }
    news
}

/// When its inclusion was last stated; `None` if never.
pub fn last_included(statements: &[Statement]) -> Option<Said> {
    statements.iter().filter(|statement| !statement.removed).map(Statement::said).max()
}

/// In the order of the times given by the messages; `None` if one gives none. At the same moment, each message counts by its last
/// word, and inclusions are weighed against removals, with the previous verdict counting as one inclusion: a block that was
/// removed and came back within a moment is there, one that came and was removed is not.
fn by_time(statements: &[&Statement]) -> Option<bool> {
    let mut moments: BTreeMap<DateTime<Utc>, BTreeMap<&str, &Statement>> = BTreeMap::new();
    for statement in statements {
        let words = moments.entry(statement.said_at?).or_default();
        let word = words.entry(&statement.message).or_insert(statement);
        if (statement.turn, statement.removed) > (word.turn, word.removed) {
            *word = statement;
        }
    }
    Some(moments.values().fold(false, |before, words| {
        let removals = words.values().filter(|word| word.removed).count();
        usize::from(before) + (words.len() - removals) > removals
    }))
}

/// By number, where times are missing: a chain includes a log once more than it removes it, or as often. So a log is there if
/// more messages have included it than removed it.
fn by_number(statements: &[&Statement]) -> bool {
    let distinct: BTreeSet<(&str, i32, bool)> =
        statements.iter().map(|said| (said.message.as_str(), said.turn, said.removed)).collect();
    let removals = distinct.iter().filter(|(.., removed)| *removed).count();
    distinct.len() - removals > removals
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + millis).unwrap()
    }

    /// Stated by message `message`, at a time in milliseconds if it gives one.
    fn said(message: &str, removed: bool, time: Option<i64>) -> Statement {
        Statement {
            sender: "standard".to_owned(),
            message: message.to_owned(),
            turn: 1,
            removed,
            said_at: time.map(at),
            heard_at: at(0),
            delivery: 1,
        }
    }

    #[test]
    fn the_time_that_is_named_decides() {
        let included = said("a", false, Some(0));
        let removed = said("b", true, Some(10));
        assert!(!is_included(&[removed.clone(), included.clone()]));
        assert!(is_included(&[said("c", false, Some(11)), removed.clone(), included.clone()]));
        // Announced again before it was removed: still one block that is gone.
        assert!(!is_included(&[said("c", false, Some(9)), included, removed]));
    }

    #[test]
    fn of_one_moment_what_held_before_decides_which_came_first() {
        let (gone, back) = (said("b", true, Some(10)), said("c", false, Some(10)));
        assert!(is_included(&[said("a", false, Some(0)), gone.clone(), back.clone()]));
        assert!(!is_included(&[gone.clone(), back.clone()]));
        assert!(!is_included(&[said("a", true, Some(0)), gone, back]));
        // Within one message the order is known.
        let second = Statement { turn: 2, ..said("b", false, Some(10)) };
        assert!(is_included(&[said("b", true, Some(10)), second]));
    }

    #[test]
    fn without_times_more_inclusions_than_removals_are_wanted() {
        let [one, two] = ["a", "b"].map(|message| said(message, false, None));
        let [gone, again] = ["x", "y"].map(|message| said(message, true, None));
        let included = |statements: &[&Statement]| {
            is_included(&statements.iter().copied().cloned().collect::<Vec<Statement>>())
        };
        assert!(included(&[&one]) && !included(&[&gone]));
        assert!(!included(&[&gone, &one]));
        assert!(included(&[&one, &two, &gone]));
        assert!(!included(&[&one, &two, &gone, &again]));
        // One that gives a time among others that do not simply counts as one more.
        assert!(!included(&[&one, &said("x", true, Some(0))]));
        assert!(included(&[]), "what came in by no message is there");
    }

    #[test]
    fn how_late_a_statement_is_depends_on_its_arrival_only_if_it_gives_no_time() {
        let heard =
            |statement: Statement, delivery| Statement { delivery, heard_at: at(delivery), ..statement };
        let (timed, untimed) = (said("a", false, Some(0)), said("b", false, None));
        assert_eq!(heard(timed.clone(), 1).said(), heard(timed.clone(), 9).said());
        assert!(heard(said("c", false, Some(1)), 1).said() > heard(timed.clone(), 9).said());
        assert!(heard(untimed.clone(), 9).said() > heard(untimed.clone(), 1).said());
        assert!(heard(timed.clone(), 1).said() > heard(untimed.clone(), 9).said());
        assert!(heard(timed, 9).said() > heard(untimed, 1).said());
    }

    #[test]
    fn a_sender_who_says_that_it_is_gone_is_believed_against_another() {
        let other = Statement { sender: "relayer".to_owned(), ..said("x", true, None) };
        assert!(!is_included(&[said("a", false, None), other]));
    }

    /// The database table: a statement is stored once, as it was first received.
    #[derive(Default)]
    struct Kept(Vec<Statement>);

    impl Kept {
        fn hear(&mut self, mut statement: Statement, attempt: i64) {
            let same = |known: &&Statement| {
                (&known.message, known.turn, known.removed)
                    == (&statement.message, statement.turn, statement.removed)
            };
            if !self.0.iter().any(|known| same(&known)) {
                (statement.heard_at, statement.delivery) = (at(attempt), attempt);
                self.0.push(statement);
            }
        }
    }

    /// How often a block comes and goes, whether the messages give times, and which message arrives when: each at least once, in
    /// any order.
    fn any_arrival() -> impl Strategy<Value = (usize, bool, Vec<usize>)> {
        (1usize..8, any::<bool>()).prop_flat_map(|(changes, timed)| {
            let arrivals = proptest::collection::vec(0..changes, 0..30).prop_map(move |mut repeated| {
                repeated.extend(0..changes);
                repeated
            });
            (Just(changes), Just(timed), arrivals.prop_shuffle())
        })
    }

    proptest! {
        #[test]
        fn whatever_the_order_of_arrival_repetition_and_clock_of_attempts_the_verdict_is_one(
            (changes, timed, arrivals) in any_arrival(),
            clocks in proptest::collection::vec(0i64..1_000_000, 40),
        ) {
            let happened = |number: usize| timed.then_some(i64::try_from(number).unwrap_or(0) * 250);
            let truth: Vec<Statement> = (0..changes)
                .map(|number| said(&format!("m{number}"), number % 2 == 1, happened(number)))
                .collect();
            let mut kept = Kept::default();
            for (number, clock) in arrivals.into_iter().zip(clocks.into_iter().cycle()) {
                kept.hear(truth[number].clone(), clock);
            }
            prop_assert_eq!(is_included(&kept.0), changes % 2 == 1);
        }

        #[test]
        fn any_set_of_statements_has_one_verdict(
            said_so in proptest::collection::vec((0u8..6, any::<bool>(), proptest::option::of(0i64..3)), 0..12),
            order in any::<prop::sample::Selector>(),
        ) {
            let statements: Vec<Statement> = said_so
                .iter()
                .map(|(message, removed, time)| said(&message.to_string(), *removed, *time))
                .collect();
            let mut turned = statements.clone();
            turned.reverse();
            let mut rotated = statements.clone();
            if !rotated.is_empty() {
                rotated.rotate_left(*order.select(&(0..statements.len()).collect::<Vec<_>>()));
            }
            prop_assert_eq!(is_included(&turned), is_included(&statements));
            prop_assert_eq!(is_included(&rotated), is_included(&statements));
        }
    }
}
