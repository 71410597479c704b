//! Graphs with answers that were worked out by hand, and properties of all.

use proptest::prelude::*;

use super::*;
use crate::input::FromText;

fn amount(text: &str) -> Decimal {
    Decimal::from_text(text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    NaiveDate::from_text(text).unwrap()
}

/// The target is 0. Persons are 100 and above; organisations are below.
fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn node(number: u128) -> Node {
    let kind = if number >= 100 { Kind::Natural } else { Kind::Legal };
    Node { id: id(number), kind, sanctioned: number >= 900 }
}

/// Stakes as (owner, owned, per cent).
fn graph(stakes: &[(u128, u128, &str)]) -> LookThrough {
    let mut numbers: Vec<u128> = stakes.iter().flat_map(|(owner, owned, _)| [*owner, *owned]).collect();
    numbers.push(0);
    numbers.sort_unstable();
    numbers.dedup();
    let nodes: Vec<Node> = numbers.into_iter().map(node).collect();
    let stakes: Vec<Stake> = stakes
        .iter()
        .map(|(owner, owned, percent)| Stake {
            owner: id(*owner),
            owned: id(*owned),
            percent: amount(percent),
        })
        .collect();
    look_through(id(0), &nodes, &stakes).unwrap()
}

fn share(found: &LookThrough, number: u128) -> String {
    found.effective[&id(number)].map_or_else(|| "none".to_owned(), |share| share.to_string())
}

#[test]
fn shares_multiply_along_a_chain_and_add_up_over_several() {
    let found = graph(&[(1, 0, "60"), (100, 1, "50"), (100, 0, "10"), (101, 1, "50"), (102, 0, "30")]);
    assert_eq!([1, 100, 101, 102].map(|number| share(&found, number)), ["60", "40", "30", "30"]);
    assert_eq!(found.beneficial_owners, [id(100), id(101), id(102)]);
}

#[test]
fn a_quarter_held_through_others_makes_a_beneficial_owner_and_a_hair_less_does_not() {
    let exactly = graph(&[(1, 0, "50"), (100, 1, "50")]);
    assert_eq!((share(&exactly, 100).as_str(), &*exactly.beneficial_owners), ("25", &[id(100)][..]));
    let less = graph(&[(1, 0, "50"), (100, 1, "49.9999999998")]);
    assert_eq!((share(&less, 100).as_str(), less.beneficial_owners.len()), ("24.9999999999", 0));
    let organisation = graph(&[(1, 0, "100")]);
    assert!(
        organisation.beneficial_owners.is_empty(),
        "an organisation is looked through, and is none itself"
    );
}

#[test]
fn in_a_circle_what_a_company_owns_of_itself_belongs_to_whoever_owns_it() {
    // The target owns all of 1, which owns half of the target: the other half is all that anybody owns.
    let own = graph(&[(100, 0, "50"), (1, 0, "50"), (0, 1, "100")]);
    assert_eq!((share(&own, 100).as_str(), &*own.beneficial_owners), ("100", &[id(100)][..]));
    // 1 and 2 own each other by half, each has one person for the other half, and 1 owns the target:
    // f1 = 1 + f2 / 2 and f2 = f1 / 2, so f1 = 4/3 and f2 = 2/3, of which each person has half.
    let two = graph(&[(1, 0, "100"), (2, 1, "50"), (1, 2, "50"), (100, 1, "50"), (101, 2, "50")]);
    assert_eq!([100, 101].map(|number| share(&two, number)), ["66.6666666667", "33.3333333333"]);
    // Two circles that share a company: 1 ↔ 2 and 1 ↔ 3, a quarter each; half of 1 is a person's, and three quarters of 2 and 3.
    let several = graph(&[
        (1, 0, "100"),
        (2, 1, "25"),
        (1, 2, "25"),
        (3, 1, "25"),
        (1, 3, "25"),
        (100, 1, "50"),
        (101, 2, "75"),
        (102, 3, "75"),
    ]);
    // f1 = 1 + (f2 + f3) / 4, f2 = f3 = f1 / 4: f1 = 8/7, f2 = 2/7.
    assert_eq!(
        [100, 101, 102].map(|number| share(&several, number)),
        ["57.1428571429", "21.4285714286", "21.4285714286"]
    );
}

#[test]
fn a_circle_that_owns_itself_as_a_whole_belongs_to_nobody() {
    let found = graph(&[(100, 0, "50"), (1, 0, "50"), (1, 2, "100"), (2, 1, "100")]);
    assert_eq!([1, 2, 100].map(|number| share(&found, number)), ["none", "none", "50"]);
    let whole = graph(&[(1, 0, "100"), (0, 1, "100")]);
    assert_eq!(share(&whole, 1), "none");
}

#[test]
fn half_in_the_hands_of_sanctioned_persons_in_aggregate_is_blocked_and_so_is_what_that_owns_half_of() {
    let is_blocked = |stakes: &[(u128, u128, &str)]| graph(stakes).blocked.contains(&id(0));
    assert!(is_blocked(&[(900, 0, "50")]));
    assert!(!is_blocked(&[(900, 0, "49.9999999999")]));
    assert!(is_blocked(&[(900, 0, "25"), (901, 0, "25")]), "in aggregate");
    assert!(
        is_blocked(&[(900, 1, "50"), (1, 0, "50")]),
        "through what is blocked, though a quarter by multiplication"
    );
    // OFAC FAQ 401: a quarter each of two, which own half each.
    assert!(!is_blocked(&[(900, 1, "25"), (900, 2, "25"), (1, 0, "50"), (2, 0, "50")]));
    assert!(
        is_blocked(&[(900, 1, "50"), (900, 0, "10"), (1, 0, "40")]),
        "direct and through what is blocked"
    );
    assert!(
        is_blocked(&[(900, 1, "30"), (2, 1, "20"), (1, 2, "40"), (900, 2, "50"), (1, 0, "50")]),
        "in a circle"
    );
    assert!(!is_blocked(&[(1, 2, "60"), (2, 1, "60"), (1, 0, "60")]), "a circle blocks nobody by itself");
}

#[test]
fn more_than_all_is_refused_on_every_day() {
    let holding = |percent: &str, since: &str, until: Option<&str>| Holding {
        percent: amount(percent),
        since: day(since),
        until: until.map(day),
    };
    let known = [holding("60", "2020-01-01", Some("2022-12-31")), holding("30", "2022-06-01", None)];
    assert_eq!(fits(&holding("10", "2021-01-01", None), &known), Ok(()));
    assert!(
        fits(&holding("10.0000000001", "2021-01-01", None), &known).is_err(),
        "from 2022-06-01 there is too much"
    );
    assert_eq!(
        fits(&holding("40", "2021-01-01", Some("2022-05-31")), &known),
        Ok(()),
        "it ends the day before"
    );
    assert_eq!(fits(&holding("70", "2023-01-01", None), &known), Ok(()), "the other has ended");
    let Err(Error::Invalid(errors)) = fits(&holding("71", "2023-01-01", None), &known) else {
        panic!("accepted")
    };
    assert_eq!(errors[0].pointer, "/percent");
}

#[test]
fn a_graph_that_is_too_large_is_refused() {
    let nodes: Vec<Node> = (0..=200).map(node).collect();
    assert_eq!(look_through(id(0), &nodes, &[]).unwrap_err().code(), "ownership_too_large");
}

proptest! {
    /// Persons share exactly what is owned: with every organisation owned by somebody in the end, all of it.
    #[test]
    fn persons_own_all_of_it_together(
        crossing in prop::collection::vec((1u128..6, 1u128..6, 1u32..15), 0..12),
        into in prop::collection::vec(1u32..15, 5),
    ) {
        let mut stakes: Vec<Stake> = crossing.iter().filter(|(owner, owned, _)| owner != owned)
            .map(|(owner, owned, percent)| Stake { owner: id(*owner), owned: id(*owned), percent: (*percent).into() })
            .collect();
        stakes.extend((1..6u128).zip(&into).map(|(owner, percent)| {
            Stake { owner: id(owner), owned: id(0), percent: (*percent).into() }
        }));
        let mut nodes: Vec<Node> = (0..6).map(node).collect();
        let mut over = false;
        for owned in 0..6u128 {
            let sum: Decimal = stakes.iter().filter(|stake| stake.owned == id(owned)).map(|stake| stake.percent).sum();
            over |= sum >= Decimal::ONE_HUNDRED;
            nodes.push(node(100 + owned));
            stakes.push(Stake { owner: id(100 + owned), owned: id(owned), percent: Decimal::ONE_HUNDRED - sum });
        }
        prop_assume!(!over);
        let found = look_through(id(0), &nodes, &stakes).unwrap();
        let all: Decimal = (100..106).filter_map(|person| found.effective[&id(person)]).sum();
        prop_assert!((all - Decimal::ONE_HUNDRED).abs() < amount("0.00000001"), "{}", all);
        prop_assert!(found.effective.values().flatten().all(|share| *share >= Decimal::ZERO));
    }
}
