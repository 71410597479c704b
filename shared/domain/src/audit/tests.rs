use super::*;

const MOST: usize = 100;

fn chain(length: i64) -> Vec<Seal> {
    let mut previous = String::new();
    (1..=length)
        .map(|position| {
            let mut fields = [const { None }; 11];
            fields[1] = Some(format!("event-{position}"));
            let event = Event { fields };
            let event_hash = event_hash(&event);
            let chain_hash = chain_hash(&previous, position, &event_hash);
            previous.clone_from(&chain_hash);
            Seal {
                position,
                event_id: format!("event-{position}"),
                event_hash,
                chain_hash,
                event: Some(event),
            }
        })
        .collect()
}

fn head_of(seals: &[Seal]) -> Head {
    let last = seals.last().unwrap();
    Head { position: last.position, chain_hash: last.chain_hash.clone() }
}

/// What is found in seals of which the last one is known.
fn findings_to(seals: &[Seal], known: Option<&Head>) -> Vec<(Damage, i64)> {
    let mut walk = Walk::new(MOST);
    walk.verify(seals);
    walk.end(known);
    walk.findings().iter().map(|found| (found.damage, found.position.unwrap_or_default())).collect()
}

fn findings(seals: &[Seal]) -> Vec<(Damage, i64)> {
    findings_to(seals, Some(&head_of(&chain(seals.last().unwrap().position))))
}

/// Puts the content of two seals in each other's place.
fn swap(seals: &mut [Seal], one: usize, other: usize) {
    let (first, second) = (seals[one].position, seals[other].position);
    seals.swap(one, other);
    (seals[one].position, seals[other].position) = (first, second);
}

fn stray(seal: &Seal) -> Event {
    seal.event.clone().unwrap()
}

#[test]
fn a_whole_chain_has_nothing_wrong_in_one_piece_or_in_two() {
    let seals = chain(5);
    assert_eq!(findings(&seals), []);
    let mut walk = Walk::new(MOST);
    walk.verify(&seals[..2]);
    walk.verify(&seals[2..]);
    assert!(walk.end(Some(&head_of(&seals))) == 5 && walk.is_clean());
    let mut walk = Walk::behind(2, Some(seals[1].chain_hash.clone()), MOST);
    walk.verify(&seals[2..]);
    assert!(walk.end(Some(&head_of(&seals))) == 5 && walk.is_clean());
}

#[test]
fn a_changed_event_is_named_and_nothing_else() {
    let mut seals = chain(4);
    seals[1].event.as_mut().unwrap().fields[1] = Some("other".to_owned());
    assert_eq!(findings(&seals), [(Damage::EventTampered, 2)]);
    seals[1].event = None;
    assert_eq!(findings(&seals), [(Damage::EventMissing, 2)]);
}

#[test]
fn a_changed_event_with_a_matching_hash_breaks_the_chain() {
    let mut seals = chain(4);
    let mut event = seals[1].event.clone().unwrap();
    event.fields[1] = Some("other".to_owned());
    seals[1].event_hash = event_hash(&event);
    seals[1].event = Some(event);
    assert_eq!(findings(&seals), [(Damage::OrderTampered, 2)]);
}

#[test]
fn a_seal_of_which_a_hash_was_changed_is_named_and_not_the_one_behind_it() {
    for place in 0..4 {
        let mut seals = chain(4);
        seals[place].chain_hash = "0".to_owned();
        assert_eq!(findings(&seals), [(Damage::OrderTampered, seals[place].position)]);
        seals[place].event_hash = "0".to_owned();
        assert_eq!(findings(&seals), [(Damage::EventTampered, seals[place].position)]);
    }
}

#[test]
fn missing_and_swapped_seals_are_named_and_none_behind_them() {
    let mut seals = chain(5);
    seals.remove(2);
    assert_eq!(findings(&seals), [(Damage::SealMissing, 3)]);
    let mut seals = chain(4);
    swap(&mut seals, 1, 2);
    assert_eq!(findings(&seals), [(Damage::OrderTampered, 2), (Damage::OrderTampered, 3)]);
    let mut seals = chain(7);
    swap(&mut seals, 1, 4);
    assert_eq!(
        findings(&seals),
        [(Damage::OrderTampered, 2), (Damage::OrderTampered, 5)],
        "far from each other"
    );
    let mut seals = chain(4);
    swap(&mut seals, 2, 3);
    assert_eq!(findings(&seals), [(Damage::OrderTampered, 3), (Damage::OrderTampered, 4)], "at the end");
}

#[test]
fn a_chain_that_was_cut_off_is_noticed_at_each_position() {
    let known = head_of(&chain(5));
    assert_eq!(findings_to(&chain(3), Some(&known)), [(Damage::ChainCutOff, 4), (Damage::ChainCutOff, 5)]);
    assert_eq!(findings_to(&[], Some(&known)).len(), 5);
}

#[test]
fn a_head_that_is_gone_or_was_changed_is_noticed() {
    let seals = chain(3);
    assert_eq!(findings_to(&seals, None), [(Damage::HeadMissing, 0)]);
    assert_eq!(findings_to(&[], None), [(Damage::HeadMissing, 0)], "of a trail of which nothing is left");
    let behind = head_of(&seals[..2]);
    assert_eq!(findings_to(&seals, Some(&behind)), [(Damage::HeadTampered, 3)]);
    let other = Head { position: 3, chain_hash: "0".to_owned() };
    assert_eq!(findings_to(&seals, Some(&other)), [(Damage::OrderTampered, 3)]);
}

#[test]
fn an_event_without_its_seal_is_named_where_it_is_proved_to_have_stood() {
    let whole = chain(7);
    let mut seals = whole.clone();
    seals.truncate(6);
    seals.drain(2..4);
    let mut walk = Walk::new(MOST);
    walk.verify(&seals);
    walk.end(Some(&head_of(&whole)));
    let mut other = stray(&whole[6]);
    other.fields[1] = Some("other".to_owned());
    let strays = vec![stray(&whole[2]), stray(&whole[3]), other.clone(), stray(&whole[6])];
    assert_eq!(walk.place(strays), [other]);
    let named: Vec<_> = walk.findings().into_iter().map(|found| (found.position, found.event_id)).collect();
    let expected = [3, 4, 7].map(|position| (Some(position), Some(format!("event-{position}"))));
    assert_eq!(named, expected);
}

#[test]
fn there_is_no_more_to_tell_than_there_is_room_for_and_it_goes_on_from_there() {
    let mut seals = chain(3);
    seals[2].position = i64::MAX;
    let mut walk = Walk::new(10);
    walk.verify(&seals);
    assert_eq!((walk.is_full(), walk.position()), (true, 12));
    let mut walk = Walk::behind(12, None, 10);
    walk.verify(&seals[2..]);
    assert_eq!((walk.position(), walk.findings()[0].position), (22, Some(13)));
    let far = Head { position: i64::MAX, chain_hash: String::new() };
    let mut walk = Walk::new(10);
    assert_eq!((walk.end(Some(&far)), walk.findings().len()), (10, 10));
}

#[test]
fn fields_cannot_be_moved_from_one_to_another() {
    let hash = |a: &str, b: Option<&str>| {
        let mut fields = [const { None }; 11];
        fields[0] = Some(a.to_owned());
        fields[1] = b.map(str::to_owned);
        event_hash(&Event { fields })
    };
    assert_ne!(hash("ab", Some("")), hash("a", Some("b")));
    assert_ne!(hash("a", None), hash("a", Some("-")));
}
