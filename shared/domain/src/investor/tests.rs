//! Tests of reading investors.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Entry, KycStatus, Lei, Profile, Recorded, ScreeningOutcome, Stated};
use crate::{
    Error,
    compliance::InvestorFacts,
    ids::InvestorId,
    input::{FromText, Object, parse_json},
};

fn now() -> DateTime<Utc> {
    "2026-06-15T12:00:00Z".parse().unwrap()
}

fn read(body: &Value) -> crate::Result<Entry> {
    Entry::read(Object::root(body)?, now())
}

fn profile(body: &Value) -> Profile {
    read(body).unwrap().profile
}

fn pointers<T: std::fmt::Debug>(result: crate::Result<T>) -> Vec<String> {
    match result {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect(),
        other => panic!("{other:?}"),
    }
}

fn person() -> Value {
    json!({
        "kind": "natural", "name": "  Ada Lovelace ", "birth_date": "1985-12-10", "residence": "LU",
        "nationalities": ["GB", "LU"],
        "permits": [{"country": "LU", "kind": "temporary", "expires_on": "2027-01-01"}],
        "kyc": {"status": "verified", "verified_on": "2026-01-02"},
        "screening": {"outcome": "clear", "screened_at": "2026-06-01T10:00:00+02:00", "source": "OFAC"},
        "wallets": [{"chain_id": 1, "address": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"}],
        "classifications": [{"kind": "mifid_professional_elective", "evidence": "firm_assessment",
            "issued_on": "2026-05-05", "figures": {"trades_per_quarter": "12.00", "portfolio_eur": "600000"}}]
    })
}

#[test]
fn three_fields_make_an_investor() {
    let profile_of_three = profile(&json!({"kind": "legal", "name": "Acme", "residence": "LU"}));
    assert!(
        profile_of_three.beneficial_owners.is_none(),
        "nobody has asked, which is not the same as nobody owns it"
    );
    let asked = json!({"kind": "legal", "name": "Acme", "residence": "LU", "beneficial_owners": []});
    assert_eq!(profile(&asked).beneficial_owners, Some(vec![]));
}

#[test]
fn a_whole_profile_survives_writing_and_reading() {
    let entry = read(&person()).unwrap();
    assert_eq!(entry.profile.name, "Ada Lovelace");
    let text = serde_json::to_string(&entry.profile).unwrap();
    assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), entry.profile);
    let text = serde_json::to_string(&entry.classifications).unwrap();
    assert!(text.contains(r#""trades_per_quarter":"12""#), "amounts are kept without idle zeros: {text}");
}

#[test]
fn by_their_own_word_a_client_asks_for_more_protection_and_never_for_less() {
    let standing = |statements: &[(&str, &str)]| -> Vec<String> {
        let classifications: Vec<Value> = statements
            .iter()
            .enumerate()
            .map(|(index, (kind, evidence))| {
                json!({"id": uuid::Uuid::from_u128(index as u128 + 1), "kind": kind, "evidence": evidence, "reference": null,
                    "issued_on": "2026-01-01", "expires_on": null, "figures": {}, "recorded_at": "2026-01-01T00:00:00Z",
                    "approved_at": "2026-01-02T00:00:00Z"})
            })
            .collect();
        let profile = profile(&json!({"kind": "legal", "name": "Acme", "residence": "LU"}));
        let stored = json!({"profile": profile, "identity_version": 1, "identity_changed_at": null, "kyc": null,
            "screening": null, "wallets": [], "classifications": classifications});
        let recorded = Recorded::from_stored(&stored.to_string()).unwrap();
        recorded.standing_classifications().map(|one| one.kind.to_string()).collect()
    };
    let register = "regulatory_register";
    let word = "written_representation";
    for (first, second, counts) in [
        (
            ("mifid_professional", register),
            ("mifid_eligible_counterparty", word),
            vec!["mifid_professional", "mifid_eligible_counterparty"],
        ),
        (
            ("mifid_retail", "firm_assessment"),
            ("mifid_professional", word),
            vec!["mifid_retail", "mifid_professional"],
        ),
        (("mifid_professional", register), ("mifid_retail", word), vec!["mifid_retail"]),
        (
            ("mifid_eligible_counterparty", register),
            ("mifid_professional", register),
            vec!["mifid_professional"],
        ),
        (
            ("mifid_retail", word),
            ("mifid_professional_elective", "firm_assessment"),
            vec!["mifid_professional_elective"],
        ),
        (("us_accredited", register), ("us_accredited", word), vec!["us_accredited", "us_accredited"]),
    ] {
        assert_eq!(standing(&[first, second]), counts, "{first:?} {second:?}");
    }
}

#[test]
fn every_wrong_field_is_named() {
    let body = json!({
        "kind": "natural", "name": "", "residence": "XX", "birth_date": "2030-01-01", "lei": "123", "colour": "red",
        "nationalities": ["GB", "gb"],
        "permits": [{"country": "DE", "kind": "temporary"}],
        "kyc": {"status": "verified"},
        "screening": {"outcome": "fine", "source": "x"},
        "wallets": [{"chain_id": 0, "address": "0x0000000000000000000000000000000000000000", "verified_at": "2026-01-01T00:00:00Z"}],
        "classifications": [{"kind": "king", "evidence": "crown", "issued_on": "2026-05-05", "expires_on": "2026-05-04",
            "figures": {"net_worth_usd": "-1", "shoe_size": "44"}}]
    });
    let mut found = pointers(read(&body));
    found.sort();
    assert_eq!(
        found,
        [
            "/birth_date",
            "/classifications/0/evidence",
            "/classifications/0/expires_on",
            "/classifications/0/figures/net_worth_usd",
            "/classifications/0/figures/shoe_size",
            "/classifications/0/kind",
            "/colour",
            "/kyc/verified_on",
            "/lei",
            "/lei",
            "/name",
            "/nationalities/1",
            "/permits/0/expires_on",
            "/residence",
            "/screening/outcome",
            "/screening/screened_at",
            "/wallets/0/address",
            "/wallets/0/chain_id",
            "/wallets/0/verified_at",
        ]
    );
}

#[test]
fn a_person_has_no_register_and_an_organisation_no_birthday() {
    let mut person = json!({"kind": "natural", "name": "A", "residence": "LU", "registration_number": "B1", "beneficial_owners": []});
    assert_eq!(pointers(read(&person)), ["/registration_number", "/beneficial_owners"]);
    person = json!({"kind": "legal", "name": "A", "residence": "LU", "birth_date": "1990-01-01", "nationalities": ["LU"], "permits": []});
    assert_eq!(pointers(read(&person)), ["/birth_date", "/nationalities", "/permits"]);
}

#[test]
fn what_stands_twice_is_named() {
    let mut body = person();
    body["nationalities"] = json!(["GB", "LU", "GB"]);
    body["wallets"] = json!([
        {"chain_id": 1, "address": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"},
        {"chain_id": 5, "address": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"},
        {"chain_id": 1, "address": "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"}]);
    assert_eq!(pointers(read(&body)), ["/nationalities/2", "/wallets/2"]);
    let body = json!({"kind": "legal", "name": "A", "residence": "LU", "beneficial_owners": [
        {"name": "B", "percent": "60"}, {"name": "B", "percent": "100.01"}, {"name": "C", "percent": "0"}]});
    assert_eq!(pointers(read(&body)), ["/beneficial_owners/1/percent", "/beneficial_owners/2/percent"]);
}

#[test]
fn nobody_is_150_years_old_and_owners_do_not_own_more_than_all_of_it() {
    let born = |day: &str| {
        let mut body = person();
        body["birth_date"] = json!(day);
        read(&body)
    };
    // The tests take place on 15 June 2026.
    assert_eq!(pointers(born("1876-06-15")), ["/birth_date"]);
    assert_eq!(pointers(born("1870-01-01")), ["/birth_date"]);
    assert!(born("1876-06-16").is_ok());
    let company = |percents: &[&str]| {
        let owners: Vec<Value> = percents
            .iter()
            .enumerate()
            .map(|(index, percent)| json!({"name": format!("Owner {index}"), "percent": percent}))
            .collect();
        read(&json!({"kind": "legal", "name": "A", "residence": "LU", "beneficial_owners": owners}))
    };
    assert!(company(&["60", "40"]).is_ok());
    assert_eq!(pointers(company(&["60", "40.0000000001"])), ["/beneficial_owners"]);
}

#[test]
fn two_owners_of_one_name_need_something_that_tells_them_apart() {
    let company =
        |owners: Value| json!({"kind": "legal", "name": "A", "residence": "LU", "beneficial_owners": owners});
    let composed = json!({"name": "Zo\u{eb} Brand", "percent": "30"});
    let decomposed = json!({"name": "zoe\u{308}  BRAND", "percent": "40"});
    let repeated = ["/beneficial_owners/1/name"];
    assert_eq!(pointers(read(&company(json!([composed, decomposed])))), repeated);
    let with = |owner: &Value, field: &str, value: &str| {
        let mut owner = owner.clone();
        owner[field] = json!(value);
        owner
    };
    let (older, younger) =
        (with(&composed, "birth_date", "1950-01-01"), with(&decomposed, "birth_date", "1980-01-01"));
    assert!(read(&company(json!([older, younger]))).is_ok(), "a mother and her daughter");
    let same_day = with(&decomposed, "birth_date", "1950-01-01");
    assert_eq!(pointers(read(&company(json!([older, same_day])))), repeated);
    assert_eq!(
        pointers(read(&company(json!([older, decomposed])))),
        repeated,
        "of one of them nothing is known"
    );
    let (one, other) = (with(&older, "identifier", "A1"), with(&same_day, "identifier", "A2"));
    assert!(read(&company(json!([one, other]))).is_ok());
}

#[test]
fn nobody_says_of_themselves_that_a_wallet_is_theirs() {
    let mut body = person();
    body["wallets"][0]["verified_at"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(pointers(read(&body)), ["/wallets/0/verified_at"]);
}

#[test]
fn a_clock_that_goes_a_little_ahead_writes_nothing_into_the_future() {
    let mut body = person();
    body["screening"]["screened_at"] = json!("2026-06-15T12:04:00Z");
    assert_eq!(read(&body).unwrap().screening.unwrap().screened_at, now());
    body["screening"]["screened_at"] = json!("2026-06-15T12:05:01Z");
    assert_eq!(pointers(read(&body)), ["/screening/screened_at"]);
}

#[test]
fn a_patch_changes_what_it_names_and_nothing_else() {
    let before = profile(&person());
    let patch = json!({"name": "Ada King", "kyc": null, "nationalities": ["GB"]});
    let change = before.patched(&patch, now()).unwrap();
    let after = change.profile;
    assert_eq!((after.name.as_str(), after.nationalities.len()), ("Ada King", 1));
    assert_eq!((change.kyc, change.screening), (Stated::Withdrawn, Stated::Unsaid));
    let differences = before.differences(&after).unwrap();
    assert_eq!(
        Value::Object(differences),
        json!({"name": {"from": "Ada Lovelace", "to": "Ada King"}, "nationalities": {"from": ["GB", "LU"], "to": ["GB"]}})
    );
    let expected = Profile { name: after.name.clone(), nationalities: after.nationalities.clone(), ..before };
    assert_eq!(after, expected);
}

#[test]
fn a_patch_that_makes_no_sense_is_refused() {
    let patched = |patch: Value| pointers(profile(&person()).patched(&patch, now()));
    assert_eq!(patched(json!({"kind": "legal"})), ["/kind"]);
    assert_eq!(patched(json!({"wallets": []})), ["/wallets"]);
    assert_eq!(
        patched(json!({"name": null, "colour": 1, "lei": "5493001KJTIIGC8Y1R12"})),
        ["/name", "/lei", "/colour"]
    );
    assert_eq!(patched(json!([])), [""]);
    let company = profile(&json!({"kind": "legal", "name": "A", "residence": "LU", "beneficial_owners": []}));
    let renamed = company.patched(&json!({"name": "B"}), now()).unwrap().profile;
    assert_eq!(renamed.beneficial_owners, Some(vec![]), "asked stays asked");
    let forgotten = company.patched(&json!({"beneficial_owners": null}), now()).unwrap().profile;
    assert_eq!(forgotten.beneficial_owners, None);
}

/// An investor as the database has it, with these classifications: kind, evidence and date, in the order of their statement.
fn recorded(classifications: &[(&str, &str, &str)]) -> Recorded {
    let classifications: Vec<Value> = classifications
        .iter()
        .enumerate()
        .map(|(index, (kind, evidence, issued_on))| {
            json!({"id": id(index), "kind": kind, "evidence": evidence, "reference": null, "issued_on": issued_on,
                "expires_on": null, "figures": {}, "recorded_at": "2026-06-01T00:00:00Z", "approved_at": "2026-06-02T00:00:00Z"})
        })
        .collect();
    let stored = json!({
        "profile": profile(&person()), "identity_version": 2, "identity_changed_at": "2026-06-10T08:00:00Z",
        "kyc": {"id": id(100), "status": "verified", "verified_on": "2026-01-02", "expires_on": null,
            "recorded_at": "2026-06-01T00:00:00Z", "stale": true},
        "screening": {"id": id(101), "outcome": "clear", "screened_at": "2026-06-10T00:00:00Z", "source": "OFAC",
            "recorded_at": "2026-06-10T00:00:01Z", "stale": true},
        "wallets": [], "classifications": classifications,
    });
    Recorded::from_stored(&stored.to_string()).unwrap()
}

fn id(number: usize) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0000 + u128::try_from(number).unwrap())
}

#[test]
fn the_latest_statement_of_a_family_wins() {
    let standing = |all: &[(&str, &str, &str)]| -> Vec<usize> {
        let recorded = recorded(all);
        let position = |id| recorded.classifications.iter().position(|one| one.id == id).unwrap();
        recorded.standing_classifications().map(|one| position(one.id)).collect()
    };
    let (professional, retail) = (
        ("mifid_professional", "financial_statements", "2026-01-01"),
        ("mifid_retail", "written_representation", "2026-02-01"),
    );
    assert_eq!(standing(&[professional, retail]), [1], "a client is in one category at a time");
    let by_declaration = ("mifid_professional", "written_representation", "2026-03-01");
    assert_eq!(
        standing(&[professional, retail, by_declaration]),
        [1, 2],
        "what was contradicted does not come back, and by their own word nobody gives protection up"
    );
    assert_eq!(
        standing(&[professional, ("mifid_eligible_counterparty", "regulatory_register", "2026-01-01")]),
        [1]
    );
    let letter = ("us_accredited", "third_party_letter", "2026-01-01");
    let newer = ("us_accredited", "third_party_letter", "2026-05-01");
    let says_so = ("us_accredited", "written_representation", "2026-06-01");
    assert_eq!(standing(&[letter, newer, says_so]), [1, 2], "other evidence of the same stands beside it");
    assert_eq!(
        standing(&[letter, ("us_qualified_purchaser", "third_party_letter", "2026-02-01"), retail]),
        [0, 1, 2]
    );
}

#[test]
fn what_nobody_has_approved_counts_for_nothing_unless_it_speaks_for_more_protection() {
    // Approved, or not, by their places in the list.
    let standing = |all: &[(&str, &str, &str)], approved: &[usize]| -> Vec<usize> {
        let text = serde_json::to_value(recorded(all)).unwrap();
        let mut stored = text;
        for (index, one) in stored["classifications"].as_array_mut().unwrap().iter_mut().enumerate() {
            one["superseded_by"] = Value::Null;
            if !approved.contains(&index) {
                one["approved_at"] = Value::Null;
            }
        }
        let read = Recorded::from_stored(&stored.to_string()).unwrap();
        let position = |id| read.classifications.iter().position(|one| one.id == id).unwrap();
        read.standing_classifications().map(|one| position(one.id)).collect()
    };
    let letter = ("us_accredited", "third_party_letter", "2026-01-01");
    let newer = ("us_accredited", "third_party_letter", "2026-05-01");
    assert_eq!(standing(&[letter], &[]), [0; 0]);
    assert_eq!(standing(&[letter], &[0]), [0]);
    assert_eq!(standing(&[letter, newer], &[0]), [0], "the newer one waits");
    assert_eq!(standing(&[letter, newer], &[0, 1]), [1]);
    let professional = ("mifid_professional", "financial_statements", "2026-01-01");
    let retail = ("mifid_retail", "written_representation", "2026-02-01");
    let counterparty = ("mifid_eligible_counterparty", "regulatory_register", "2026-02-01");
    assert_eq!(standing(&[professional, retail], &[0]), [0; 0], "more protection is never held up");
    assert_eq!(standing(&[professional, counterparty], &[0]), [0], "less is");
    assert_eq!(standing(&[professional, counterparty], &[0, 1]), [1]);
}

#[test]
fn a_decision_sees_whose_evidence_it_is_and_which_statements() {
    let recorded = recorded(&[
        ("mifid_professional", "financial_statements", "2026-01-01"),
        ("mifid_retail", "written_representation", "2026-02-01"),
    ]);
    let facts = InvestorFacts::of(InvestorId(id(7)), &recorded);
    assert_eq!(facts.statements, [id(1), id(100), id(101)]);
    assert_eq!(facts.classifications.len(), 1);
    assert_eq!(
        (facts.identity.version, facts.identity.verification_is_stale, facts.identity.screening_is_stale),
        (2, true, true)
    );
}

#[test]
fn repeating_what_was_stated_of_an_earlier_identity_states_nothing_new() {
    let recorded = recorded(&[]);
    let kyc = |verified_on: &str| super::Kyc {
        status: KycStatus::Verified,
        verified_on: Some(verified_on.parse().unwrap()),
        expires_on: None,
    };
    assert!(!recorded.is_new_verification(&kyc("2026-01-02"), false), "older than the change");
    assert!(recorded.is_new_verification(&kyc("2026-06-11"), false));
    let screening = |outcome, day: &str| super::Screening {
        outcome,
        screened_at: format!("{day}T00:00:00Z").parse().unwrap(),
        source: "OFAC".to_owned(),
    };
    let (clear, day) = (ScreeningOutcome::Clear, "2026-06-10");
    assert!(recorded.is_new_screening(&screening(clear, day), false), "run again on the day of the change");
    assert!(!recorded.is_new_screening(&screening(clear, day), true), "sent along with the change itself");
    assert!(recorded.is_new_screening(&screening(ScreeningOutcome::Match, day), true));
    let fresh = Recorded {
        screening: recorded.screening.clone().map(|one| super::RecordedScreening { stale: false, ..one }),
        ..recorded
    };
    assert!(!fresh.is_new_screening(&screening(clear, day), false), "known already");
}

#[test]
fn a_legal_entity_identifier_has_right_check_digits() {
    for right in ["5493001KJTIIGC8Y1R12", "HWUPKR0MPOU8FGXBT394", "7LTWFZYICNSX8D621K86"] {
        assert_eq!(Lei::from_text(right).unwrap().as_str(), right);
    }
    for wrong in [
        "5493001KJTIIGC8Y1R13",
        "5493001kjtiigc8y1r12",
        "5493001KJTIIGC8Y1R1",
        "",
        "5493001KJTIIGC8Y1RAB",
        "５493001KJTIIGC8Y1R12",
    ] {
        assert!(Lei::from_text(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_panic(text in r#"\{("(kind|name|wallets|figures|kyc|lei)":("natural"|1|\[\{\}\]|null|\{"status":"verified"\}),?){0,5}\}"#) {
        if let Ok(body) = parse_json(text.as_bytes()) {
            let _ = read(&body);
        }
    }

    #[test]
    fn changing_a_letter_or_a_digit_for_another_breaks_an_identifier(position in 0usize..20, digit in 0u32..36) {
        let right = "5493001KJTIIGC8Y1R12";
        let new = char::from_digit(digit, 36).unwrap().to_ascii_uppercase();
        let old = right.chars().nth(position).unwrap();
        prop_assume!(old.is_ascii_digit() == new.is_ascii_digit());
        let changed: String = right.chars().enumerate().map(|(i, c)| if i == position { new } else { c }).collect();
        prop_assert_eq!(Lei::from_text(&changed).is_ok(), changed == right);
    }
}
