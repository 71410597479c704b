//! Every pair of state and event, and properties of the fold.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Bytes, U256};
use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::{
    Account, Entry, Escrow, Event, Finality, Folded, Outcome, Record, Refusal, Standing, State, Terms, apply,
    deadline, event, fold, ledger,
};
use crate::chain::{Log, LogKey, Said};

const BUYER: Address = Address::repeat_byte(0xb1);
const SELLER: Address = Address::repeat_byte(0x5e);
const STRANGER: Address = Address::repeat_byte(0x77);
const ESCROW: Address = Address::repeat_byte(0xe5);
const FACTORY: Address = Address::repeat_byte(0xfa);

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn units(amount: u64) -> U256 {
    U256::from(amount)
}

fn terms() -> Terms {
    Terms {
        escrow: ESCROW,
        order_id: B256::repeat_byte(1),
        buyer: BUYER,
        seller: SELLER,
        arbiter: Address::repeat_byte(0xa2),
        token: Some(Address::repeat_byte(0x70)),
        amount: units(100),
        deadline: 1_900_000_000,
    }
}

fn funded(amount: u64) -> Event {
    Event::Funded { from: BUYER, amount: units(amount) }
}

fn released(amount: u64) -> Event {
    Event::Released { to: SELLER, amount: units(amount) }
}

fn refunded(amount: u64) -> Event {
    Event::Refunded { to: BUYER, amount: units(amount) }
}

fn disputed() -> Event {
    Event::Disputed { by: BUYER, reason: B256::repeat_byte(9) }
}

fn resolved(to_seller: u64, to_buyer: u64) -> Event {
    Event::Resolved { to_seller: units(to_seller), to_buyer: units(to_buyer) }
}

/// The escrow after events that can all be applied.
fn after(events: &[Event]) -> Escrow {
    let made = apply(None, &Event::Created(terms()), at(0)).unwrap().escrow;
    events.iter().fold(made, |escrow, event| apply(Some(&escrow), event, at(1)).unwrap().escrow)
}

fn outcome(escrow: &Escrow, event: &Event) -> Result<State, Refusal> {
    apply(Some(escrow), event, at(2)).map(|transition| transition.escrow.state)
}

#[test]
fn a_deadline_beyond_the_calendar_has_no_date() {
    let text = |seconds| deadline(seconds).map(crate::time::rfc3339);
    assert_eq!(text(0).as_deref(), Some("1970-01-01T00:00:00.000000Z"));
    assert_eq!(text(253_402_300_799).as_deref(), Some("9999-12-31T23:59:59.000000Z"));
    assert_eq!(text(253_402_300_800), None);
    assert_eq!(text(u64::MAX), None);
}

#[test]
fn an_event_is_final_when_enough_blocks_lie_on_it() {
    let depth = |block, head| Finality::of(block, head, 3, false);
    assert_eq!(depth(10, 12), Finality { confirmations: 2, is_final: false });
    assert_eq!(depth(10, 13), Finality { confirmations: 3, is_final: true });
    assert_eq!(depth(10, 0), Finality { confirmations: 0, is_final: false });
    assert!(Finality::of(7, 7, 0, false).is_final);
    assert!(Finality::of(0, i64::MAX, i32::MAX, false).is_final);
    assert!(!Finality::of(8, 7, 0, false).is_final, "beyond the head, even where no depth is asked for");
    assert!(!Finality::of(0, i64::MAX, 0, true).is_final, "while another block is claimed in its place");
}

#[test]
fn every_state_answers_every_event_as_the_table_says() {
    use Refusal::{AlreadyCreated, Ended, InDispute, MoreThanHeld, NoDispute, NotFunded};
    use State::{Created, Expired, Funded, Refunded, Released};
    // Each state with 10 left over, so that giving back is possible everywhere.
    let states = [
        ("created", after(&[funded(10)])),
        ("funded", after(&[funded(110)])),
        ("disputed", after(&[funded(110), disputed()])),
        ("released", after(&[funded(110), released(100)])),
        ("refunded", after(&[funded(110), refunded(100)])),
        ("expired", after(&[funded(110), Event::Expired])),
    ];
    let events = [
        Event::Created(terms()),
        funded(5),
        funded(90),
        released(10),
        refunded(10),
        refunded(1000),
        Event::Expired,
        disputed(),
        resolved(60, 50),
        resolved(0, 110),
        resolved(0, 0),
        resolved(100, 100),
    ];
    #[rustfmt::skip]
    let expected: [[Result<State, Refusal>; 12]; 6] = [
        [Err(AlreadyCreated), Ok(Created), Ok(Funded), Err(NotFunded), Ok(Refunded), Err(MoreThanHeld), Ok(Expired),
         Err(NotFunded), Err(NoDispute), Err(NoDispute), Err(NoDispute), Err(NoDispute)],
        [Err(AlreadyCreated), Ok(Funded), Ok(Funded), Ok(Released), Ok(Refunded), Err(MoreThanHeld), Ok(Expired),
         Ok(Funded), Err(NoDispute), Err(NoDispute), Err(NoDispute), Err(NoDispute)],
        [Err(AlreadyCreated), Ok(Funded), Ok(Funded), Err(InDispute), Err(InDispute), Err(InDispute), Err(InDispute),
         Err(InDispute), Ok(Released), Ok(Refunded), Ok(Funded), Err(MoreThanHeld)],
        [Err(AlreadyCreated), Err(Ended), Err(Ended), Err(Ended), Ok(Released), Err(MoreThanHeld), Err(Ended),
         Err(Ended), Err(NoDispute), Err(NoDispute), Err(NoDispute), Err(NoDispute)],
        [Err(AlreadyCreated), Err(Ended), Err(Ended), Err(Ended), Ok(Refunded), Err(MoreThanHeld), Err(Ended),
         Err(Ended), Err(NoDispute), Err(NoDispute), Err(NoDispute), Err(NoDispute)],
        [Err(AlreadyCreated), Err(Ended), Err(Ended), Err(Ended), Ok(Expired), Err(MoreThanHeld), Err(Ended),
         Err(Ended), Err(NoDispute), Err(NoDispute), Err(NoDispute), Err(NoDispute)],
    ];
    for ((name, escrow), row) in states.iter().zip(expected) {
        for (event, expected) in events.iter().zip(row) {
            assert_eq!(outcome(escrow, event), expected, "{name}, {event:?}");
        }
    }
}

#[test]
fn nothing_but_its_making_applies_to_an_escrow_that_is_not_there() {
    for event in [funded(1), released(1), refunded(1), Event::Expired, disputed(), resolved(1, 1)] {
        assert_eq!(apply(None, &event, at(0)), Err(Refusal::NotCreated));
    }
    assert_eq!(after(&[]).state, State::Created);
}

#[test]
fn it_is_funded_once_all_parts_are_paid_in() {
    assert_eq!(after(&[funded(60)]).state, State::Created);
    let paid = after(&[funded(60), funded(60)]);
    assert_eq!((paid.state, paid.funded, paid.balance), (State::Funded, units(120), units(120)));
    let free = Terms { amount: U256::ZERO, ..terms() };
    assert_eq!(apply(None, &Event::Created(free), at(0)).unwrap().escrow.state, State::Funded);
}

#[test]
fn an_escrow_that_expired_gives_back_and_stays_expired() {
    let empty = after(&[funded(100), Event::Expired, refunded(100)]);
    assert_eq!((empty.state, empty.refunded, empty.balance), (State::Expired, units(100), U256::ZERO));
    assert_eq!(outcome(&empty, &refunded(1)), Err(Refusal::MoreThanHeld));
}

#[test]
fn a_resolved_dispute_shows_and_can_be_followed_by_another() {
    let aside = after(&[funded(100), disputed(), resolved(0, 0)]);
    assert!(aside.dispute.is_some_and(|dispute| !dispute.open && dispute.by == BUYER));
    assert_eq!(aside.balance, units(100));
    let again = apply(Some(&aside), &disputed(), at(3)).unwrap().escrow;
    assert!(again.in_dispute());
    let split = apply(Some(&again), &resolved(70, 30), at(4)).unwrap().escrow;
    assert_eq!((split.state, split.released, split.refunded), (State::Released, units(70), units(30)));
}

#[test]
fn sums_beyond_256_bits_are_refused() {
    let all = Event::Funded { from: BUYER, amount: U256::MAX };
    let full = after(&[all]);
    assert_eq!((full.state, full.balance), (State::Funded, U256::MAX));
    assert_eq!(outcome(&full, &funded(1)), Err(Refusal::Overflow));
    let emptied = apply(Some(&full), &Event::Released { to: SELLER, amount: U256::MAX }, at(2)).unwrap();
    assert_eq!((emptied.escrow.balance, emptied.escrow.released), (U256::ZERO, U256::MAX));
}

#[test]
fn what_moves_is_booked_on_the_account_of_whom_it_concerns() {
    let of = |event: Event| {
        let transition = apply(Some(&after(&[funded(100)])), &event, at(2)).unwrap();
        transition.movements.iter().map(|m| (m.debit.0, m.credit.0, m.amount)).collect::<Vec<_>>()
    };
    assert_eq!(of(funded(5)), [(Account::Escrow, Account::Buyer, units(5))]);
    assert_eq!(
        of(Event::Funded { from: STRANGER, amount: units(5) }),
        [(Account::Escrow, Account::Other, units(5))]
    );
    assert_eq!(of(released(5)), [(Account::Seller, Account::Escrow, units(5))]);
    assert_eq!(of(refunded(5)), [(Account::Buyer, Account::Escrow, units(5))]);
    assert_eq!(
        of(Event::Released { to: STRANGER, amount: units(5) }),
        [(Account::Other, Account::Escrow, units(5))]
    );
    assert_eq!(of(funded(0)), []);
}

/// A log in block `block` of fork `fork`, by the transaction of that number.
fn record(event: &Event, (block, fork): (i64, u8), log_index: i64, transaction: u64) -> Record {
    let (topics, data) = event.encode();
    let from_factory = matches!(event, Event::Created(_));
    let mut hash = [fork; 32];
    hash[..8].copy_from_slice(&block.to_be_bytes());
    Record {
        log: Log {
            key: LogKey { chain_id: 1, block_hash: B256::from(hash), log_index },
            block_number: block,
            transaction_hash: B256::from(U256::from(transaction)),
            address: if from_factory { FACTORY } else { ESCROW },
            topics,
            data,
        },
        from_factory,
        removed: false,
        said: Said::Timed(at(block)),
        received_at: at(block),
    }
}

/// One event a block, each by a transaction of its own.
fn history(events: &[Event]) -> Vec<Record> {
    (1..).zip(events).map(|(block, event)| record(event, (block, 0), 0, block.unsigned_abs())).collect()
}

fn outcomes(folded: &Folded) -> Vec<Outcome> {
    folded.steps.iter().map(|step| step.outcome).collect()
}

#[test]
fn every_event_survives_its_encoding() {
    for event in [
        Event::Created(terms()),
        Event::Created(Terms { token: None, amount: U256::MAX, deadline: u64::MAX, ..terms() }),
        Event::Funded { from: BUYER, amount: U256::MAX },
        released(0),
        refunded(7),
        Event::Expired,
        disputed(),
        resolved(1, 2),
    ] {
        let record = record(&event, (1, 0), 0, 1);
        assert_eq!(event::decode(&record.log), Ok(Some(event)));
    }
}

#[test]
fn signatures_are_those_of_the_contracts() {
    let topic = |event: Event| event.encode().0[0].to_string();
    // keccak256 of `Funded(address,uint256)` and `Expired()`, by another implementation.
    assert_eq!(topic(funded(1)), "0x5af8184bef8e4b45eb9f6ed7734d04da38ced226495548f46e0c8ff8d7d9a524");
    assert_eq!(topic(Event::Expired), "0x203d82d8d99f63bfecc8335216735e0271df4249ea752b030f9ab305b94e5afe");
}

#[test]
fn a_log_that_only_pretends_is_undecodable() {
    let right = record(&funded(1), (1, 0), 0, 1).log;
    let broken = [
        Log { data: Bytes::new(), ..right.clone() },
        Log { data: Bytes::from(vec![0; 31]), ..right.clone() },
        Log { topics: right.topics[..1].to_vec(), ..right.clone() },
        Log { topics: vec![right.topics[0], B256::repeat_byte(0xff)], ..right.clone() },
    ];
    for log in broken {
        assert_eq!(event::decode(&log).map_err(|error| error.name), Err("Funded"), "{log:?}");
    }
    for topics in [vec![], vec![B256::ZERO]] {
        assert_eq!(event::decode(&Log { topics, ..right.clone() }), Ok(None));
    }
}

#[test]
fn only_a_registered_factory_makes_an_escrow_and_only_itself_moves_it() {
    let mut records = history(&[Event::Created(terms()), funded(100)]);
    assert_eq!(fold(ESCROW, &records).escrow.map(|escrow| escrow.state), Some(State::Funded));
    assert_eq!(fold(STRANGER, &records).escrow, None);
    records[1].log.address = STRANGER;
    assert_eq!(fold(ESCROW, &records).escrow.map(|escrow| escrow.state), Some(State::Created));
    records[0].from_factory = false;
    assert_eq!(fold(ESCROW, &records), Folded::default());
}

#[test]
fn a_log_before_the_one_that_made_the_escrow_counts() {
    // A factory that pays in on the way writes its own log last.
    let records = [record(&funded(100), (5, 0), 0, 1), record(&Event::Created(terms()), (5, 0), 1, 1)];
    let folded = fold(ESCROW, &records);
    assert_eq!(outcomes(&folded), [Outcome::Applied(State::Funded), Outcome::Applied(State::Created)]);
    assert_eq!(folded.escrow.map(|escrow| escrow.state), Some(State::Funded));
}

#[test]
fn what_contradicts_is_kept_as_an_anomaly() {
    let mut records = history(&[Event::Created(terms()), released(100), funded(100)]);
    records[2].log.data = Bytes::from(vec![1]);
    let folded = fold(ESCROW, &records);
    let expected =
        [Outcome::Applied(State::Created), Outcome::Anomaly("not_funded"), Outcome::Anomaly("undecodable")];
    assert_eq!(outcomes(&folded), expected);
    assert_eq!((folded.anomalies(), folded.entries.len()), (2, 0));
    assert_eq!((folded.created_block, folded.last_block), (1, 1));
}

#[test]
fn a_removed_block_takes_its_effect_with_it() {
    let mut records = history(&[Event::Created(terms()), funded(100), released(100)]);
    records[1].removed = true;
    let folded = fold(ESCROW, &records);
    let expected = [Outcome::Applied(State::Created), Outcome::Removed, Outcome::Anomaly("not_funded")];
    assert_eq!(outcomes(&folded), expected);
    records[0].removed = true;
    assert_eq!(fold(ESCROW, &records).escrow, None);
}

#[test]
fn the_chain_has_come_as_far_as_what_was_applied() {
    let applied = |records: &[Record]| -> Vec<(i64, bool)> {
        let blocks = fold(ESCROW, records).blocks();
        blocks.iter().filter(|block| !block.removed).map(|block| (block.number, block.applied)).collect()
    };
    let mut records = history(&[Event::Created(terms()), funded(100), released(1000)]);
    assert_eq!(
        applied(&records),
        [(1, true), (2, true), (3, false)],
        "an anomaly is in a block, but raises no head"
    );
    records[2].removed = true;
    assert_eq!(applied(&records), [(1, true), (2, true)]);
    records[1].log.address = STRANGER;
    assert_eq!(applied(&records), [(1, true)]);
    records[0].from_factory = false;
    assert_eq!(applied(&records), []);
}

fn funded_so_far(records: &[Record]) -> Option<U256> {
    fold(ESCROW, records).escrow.map(|escrow| escrow.funded)
}

#[test]
fn of_two_blocks_of_one_height_the_one_said_last_counts() {
    let mut records = history(&[Event::Created(terms())]);
    // The greater hash is said first.
    records.push(Record { said: Said::Timed(at(5)), ..record(&funded(60), (2, 9), 0, 2) });
    records.push(Record { said: Said::Timed(at(6)), ..record(&funded(70), (2, 1), 0, 3) });
    let folded = fold(ESCROW, &records);
    assert_eq!(funded_so_far(&records), Some(units(70)));
    assert_eq!((folded.contradictions, folded.anomalies()), (1, 1));
    assert_eq!(folded.blocks().len(), 3, "both are claimed");
    records.push(Record { said: Said::Timed(at(7)), ..record(&funded(80), (2, 5), 0, 4) });
    assert_eq!((funded_so_far(&records), fold(ESCROW, &records).contradictions), (Some(units(80)), 2));
    records.swap(1, 3);
    assert_eq!(funded_so_far(&records), Some(units(80)), "whatever their order");
    records[1].removed = true;
    assert_eq!((funded_so_far(&records), fold(ESCROW, &records).contradictions), (Some(units(70)), 1));
    records[3].removed = true;
    assert_eq!((funded_so_far(&records), fold(ESCROW, &records).contradictions), (Some(units(70)), 0));
}

#[test]
fn of_two_blocks_of_one_height_and_one_moment_the_same_one_counts_whichever_arrives_first() {
    let made = history(&[Event::Created(terms())]);
    let rivals = [record(&funded(60), (2, 9), 0, 2), record(&funded(70), (2, 1), 0, 3)];
    let arrived = |order: [usize; 2]| -> Vec<Record> {
        let later = (1..)
            .zip(order)
            .map(|(second, place)| Record { received_at: at(second), ..rivals[place].clone() });
        made.iter().cloned().chain(later).collect()
    };
    let seen = [[0, 1], [1, 0]].map(|order| {
        let folded = fold(ESCROW, &arrived(order));
        (
            outcomes(&folded),
            folded.contradictions,
            folded.entries.clone(),
            folded.escrow.map(|escrow| escrow.funded),
        )
    });
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].1, 1, "so nothing is final");
    assert!(seen[0].0.contains(&Outcome::Anomaly("superseded")));
}

#[test]
fn a_block_that_contradicts_takes_all_logs_of_the_other_one_with_it() {
    let mut records = history(&[Event::Created(terms())]);
    records.push(record(&funded(60), (2, 0), 0, 2));
    records.push(record(&funded(70), (2, 0), 1, 3));
    let other = record(&Event::Expired, (2, 1), 0, 4);
    records.push(Record { said: Said::Timed(at(9)), ..other });
    let folded = fold(ESCROW, &records);
    assert_eq!((folded.contradictions, folded.escrow.map(|escrow| escrow.state)), (2, Some(State::Expired)));
}

#[test]
fn a_block_is_there_with_all_of_its_logs_or_with_none() {
    let mut records = history(&[Event::Created(terms())]);
    records.push(record(&funded(60), (2, 0), 0, 2));
    records.push(record(&funded(70), (2, 0), 1, 3));
    assert_eq!(fold(ESCROW, &records).contradictions, 0);
    let half = |records: &[Record]| {
        let folded = fold(ESCROW, records);
        let shown: Vec<Outcome> = folded.steps[1..].iter().map(|step| step.outcome).collect();
        let block = folded.blocks().into_iter().find(|block| block.number == 2).unwrap();
        (
            funded_so_far(records),
            folded.contradictions,
            folded.anomalies(),
            shown,
            (block.applied, block.removed),
        )
    };
    let (gone, left) = (Outcome::Removed, Outcome::Anomaly("block_removed"));
    let expected = |shown: [Outcome; 2]| (Some(U256::ZERO), 1, 1, shown.to_vec(), (false, true));
    records[1].removed = true;
    assert_eq!(half(&records), expected([gone, left]));
    (records[1].removed, records[2].removed) = (false, true);
    assert_eq!(half(&records), expected([left, gone]), "whichever is removed first");
    records[1].removed = true;
    assert_eq!((funded_so_far(&records), fold(ESCROW, &records).contradictions), (Some(U256::ZERO), 0));
    // The block comes back, log by log.
    records[1].removed = false;
    assert_eq!(half(&records), expected([left, gone]));
    records[2].removed = false;
    assert_eq!((funded_so_far(&records), fold(ESCROW, &records).contradictions), (Some(units(130)), 0));
}

#[test]
fn a_removed_block_is_said_to_be_gone_even_if_the_escrow_goes_with_it() {
    let mut records = history(&[Event::Created(terms()), funded(60)]);
    records[0].removed = true;
    let gone = |records: &[Record]| -> Vec<(i64, bool)> {
        fold(ESCROW, records).blocks().iter().map(|block| (block.number, block.removed)).collect()
    };
    assert_eq!(gone(&records), [(1, true)], "and nothing is said about other blocks");
    records[0].from_factory = false;
    assert_eq!(gone(&records), [], "whoever is no factory says nothing");
}

#[test]
fn a_transaction_in_two_blocks_counts_once() {
    for (first, second) in [((2, 9), (2, 1)), ((2, 0), (3, 1)), ((3, 0), (2, 1))] {
        let mut records = history(&[Event::Created(terms())]);
        records.push(Record { said: Said::Timed(at(5)), ..record(&funded(60), first, 0, 2) });
        records.push(Record { said: Said::Timed(at(6)), ..record(&funded(60), second, 0, 2) });
        let folded = fold(ESCROW, &records);
        assert_eq!(funded_so_far(&records), Some(units(60)));
        assert_eq!((folded.contradictions, folded.last_block), (1, second.0), "the one said last counts");
        let superseded = folded.steps.iter().find(|step| step.outcome == Outcome::Anomaly("superseded"));
        assert_eq!(superseded.map(|step| step.log.key), Some(records[1].log.key));
        records[1].removed = true;
        let folded = fold(ESCROW, &records);
        assert_eq!(
            (funded_so_far(&records), folded.anomalies(), folded.contradictions),
            (Some(units(60)), 0, 0)
        );
    }
}

#[test]
fn reconciling_writes_nothing_when_nothing_has_changed() {
    let mut ledger = Ledger::default();
    let wanted = fold(ESCROW, &history(&[Event::Created(terms()), funded(100), released(40)])).entries;
    ledger.follow(wanted.clone());
    let rows = ledger.rows.len();
    ledger.follow(wanted);
    assert_eq!((rows, ledger.rows.len()), (4, 4));
}

/// The table of the database, in memory: rows are added, never changed.
#[derive(Default)]
struct Ledger {
    rows: Vec<(Entry, Option<usize>)>,
}

impl Ledger {
    fn standing(&self) -> Vec<Standing> {
        let reversed: BTreeSet<usize> = self.rows.iter().filter_map(|(_, reverses)| *reverses).collect();
        let first = self.rows.iter().enumerate().filter(|(_, (_, reverses))| reverses.is_none());
        let stands = first.filter(|(index, _)| !reversed.contains(index));
        stands
            .map(|(index, (entry, _))| Standing { id: i64::try_from(index).unwrap(), entry: entry.clone() })
            .collect()
    }

    fn follow(&mut self, wanted: Vec<Entry>) {
        let changes = ledger::reconcile(self.standing(), wanted);
        for id in changes.reversals {
            let index = usize::try_from(id).unwrap();
            let entry = self.rows[index].0.clone();
            let reversal = Entry { debit: entry.credit, credit: entry.debit, ..entry };
            self.rows.push((reversal, Some(index)));
        }
        self.rows.extend(changes.entries.into_iter().map(|entry| (entry, None)));
    }

    /// Debits less credits of each account, modulo 2²⁵⁶.
    fn balances(&self) -> BTreeMap<(Account, Address), U256> {
        let mut balances = BTreeMap::<_, U256>::new();
        for (entry, _) in &self.rows {
            let balance = balances.entry((entry.account, entry.address)).or_default();
            *balance = balance.wrapping_add(entry.debit).wrapping_sub(entry.credit);
        }
        balances
    }

    fn balanced(&self) -> bool {
        self.balances().values().fold(U256::ZERO, |sum, balance| sum.wrapping_add(*balance)).is_zero()
    }
}

fn any_amount() -> impl Strategy<Value = U256> {
    prop_oneof![
        (0u64..150).prop_map(units),
        any::<[u8; 32]>().prop_map(U256::from_be_bytes),
        Just(U256::MAX),
        Just(units(100)),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    let party = prop_oneof![Just(BUYER), Just(SELLER), Just(STRANGER)];
    prop_oneof![
        1 => Just(Event::Created(terms())),
        6 => (party.clone(), any_amount()).prop_map(|(from, amount)| Event::Funded { from, amount }),
        3 => (party.clone(), any_amount()).prop_map(|(to, amount)| Event::Released { to, amount }),
        3 => (party.clone(), any_amount()).prop_map(|(to, amount)| Event::Refunded { to, amount }),
        1 => Just(Event::Expired),
        2 => party.prop_map(|by| Event::Disputed { by, reason: B256::ZERO }),
        2 => (any_amount(), any_amount()).prop_map(|(to_seller, to_buyer)| Event::Resolved { to_seller, to_buyer }),
    ]
}

/// Logs with places of their own on up to two forks, some of whose transactions stand in two blocks.
fn any_history() -> impl Strategy<Value = Vec<Record>> {
    let placed = (any_event(), 0i64..12, 0u8..2, 0u64..30);
    proptest::collection::vec(placed, 0..25).prop_map(|events| {
        let mut records = vec![record(&Event::Created(terms()), (0, 0), 0, 1000)];
        for (index, (event, block, fork, transaction)) in (1..).zip(events) {
            records.push(record(&event, (block, fork), index, transaction));
        }
        records
    })
}

/// What is told of a log: that it is there, or that it is gone.
#[derive(Debug, Clone)]
enum Told {
    Log(Record),
    Removal(LogKey),
}

/// A history with duplicates and removals in any order.
fn any_deliveries() -> impl Strategy<Value = (Vec<Record>, Vec<Told>)> {
    (any_history(), proptest::collection::vec(any::<proptest::sample::Index>(), 0..8)).prop_flat_map(
        |(mut records, removed)| {
            for index in &removed {
                let length = records.len();
                records[index.index(length)].removed = true;
            }
            let mut told: Vec<Told> =
                records.iter().map(|record| Told::Log(Record { removed: false, ..record.clone() })).collect();
            told.extend(
                records.iter().filter(|record| record.removed).map(|record| Told::Removal(record.log.key)),
            );
            let twice: Vec<Told> = told.iter().step_by(3).cloned().collect();
            told.extend(twice);
            (Just(records), Just(told).prop_shuffle())
        },
    )
}

proptest! {
    // Each case folds a whole history at every arrival.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_order_of_arrival_the_end_is_the_same((records, told) in any_deliveries()) {
        let expected = fold(ESCROW, &records);
        // As the database does it: what is known is kept by key, and everything is folded anew at every arrival.
        let mut known: BTreeMap<LogKey, Record> = BTreeMap::new();
        let mut gone: BTreeSet<LogKey> = BTreeSet::new();
        let mut ledger = Ledger::default();
        let mut last = Folded::default();
        for told in told {
            match told {
                Told::Log(record) => { known.entry(record.log.key).or_insert(record); }
                Told::Removal(key) => { gone.insert(key); }
            }
            let now: Vec<Record> = known
                .values()
                .map(|record| Record { removed: gone.contains(&record.log.key), ..record.clone() })
                .collect();
            last = fold(ESCROW, &now);
            ledger.follow(last.entries.clone());
            prop_assert!(ledger.balanced());
        }
        prop_assert_eq!(&last, &expected);
        let mut standing: Vec<Entry> = ledger.standing().into_iter().map(|row| row.entry).collect();
        let mut wanted = expected.entries.clone();
        standing.sort();
        wanted.sort();
        prop_assert_eq!(standing, wanted);
        let held = ledger.balances().get(&(Account::Escrow, ESCROW)).copied().unwrap_or_default();
        prop_assert_eq!(held, expected.escrow.map(|escrow| escrow.balance).unwrap_or_default());
    }

    #[test]
    fn no_escrow_ever_holds_more_than_came_in(records in any_history()) {
        let folded = fold(ESCROW, &records);
        if let Some(escrow) = folded.escrow {
            let out = escrow.released.checked_add(escrow.refunded);
            prop_assert_eq!(out.and_then(|out| out.checked_add(escrow.balance)), Some(escrow.funded));
        }
        for pair in folded.entries.chunks(2) {
            prop_assert_eq!((pair[0].debit, pair[0].credit), (pair[1].credit, pair[1].debit));
            prop_assert!(pair[0].debit.is_zero() != pair[0].credit.is_zero());
        }
    }

    #[test]
    fn no_log_makes_the_decoder_panic(
        first in any::<prop::sample::Index>(),
        topics in proptest::collection::vec(any::<[u8; 32]>(), 0..5),
        data in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let events = [Event::Created(terms()), funded(1), released(1), refunded(1), Event::Expired, disputed(), resolved(1, 1)];
        let mut log = record(&events[first.index(events.len())], (1, 0), 0, 1).log;
        log.topics.truncate(1);
        log.topics.extend(topics.into_iter().map(B256::from));
        log.data = Bytes::from(data);
        let _ = event::decode(&log);
    }
}
