//! Tests of reading investors.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Lei, Profile};
use crate::{
    Error,
    input::{FromText, Object, parse_json},
};

fn now() -> DateTime<Utc> {
    "2026-06-15T12:00:00Z".parse().unwrap()
}

fn read(body: &Value) -> crate::Result<Profile> {
    Profile::read(Object::root(body)?, now())
}

fn pointers(result: crate::Result<Profile>) -> Vec<String> {
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
    let profile = read(&json!({"kind": "legal", "name": "Acme", "residence": "LU"})).unwrap();
    assert!(profile.beneficial_owners.is_none(), "nobody has asked, which is not the same as nobody owns it");
    let asked = json!({"kind": "legal", "name": "Acme", "residence": "LU", "beneficial_owners": []});
    assert_eq!(read(&asked).unwrap().beneficial_owners, Some(vec![]));
}

#[test]
fn a_whole_profile_survives_writing_and_reading() {
    let profile = read(&person()).unwrap();
    assert_eq!(profile.name, "Ada Lovelace");
    let text = serde_json::to_string(&profile).unwrap();
    assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), profile);
    assert!(text.contains(r#""trades_per_quarter":"12""#), "amounts are kept without idle zeros: {text}");
}

#[test]
fn every_wrong_field_is_named() {
    let body = json!({
        "kind": "natural", "name": "", "residence": "XX", "birth_date": "2030-01-01", "lei": "123", "colour": "red",
        "nationalities": ["GB", "gb"],
        "permits": [{"country": "DE", "kind": "temporary"}],
        "kyc": {"status": "verified"},
        "screening": {"outcome": "fine", "source": "x"},
        "wallets": [{"chain_id": 0, "address": "0x0000000000000000000000000000000000000000", "verified_at": "2027-01-01T00:00:00Z"}],
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
fn a_patch_changes_what_it_names_and_nothing_else() {
    let before = read(&person()).unwrap();
    let patch = json!({"name": "Ada King", "kyc": null, "nationalities": ["GB"]});
    let after = before.clone().patched(&patch, now()).unwrap();
    assert_eq!((after.name.as_str(), after.kyc, after.nationalities.len()), ("Ada King", None, 1));
    let expected =
        Profile { name: after.name.clone(), kyc: None, nationalities: after.nationalities.clone(), ..before };
    assert_eq!(after, expected);
}

#[test]
fn a_patch_that_makes_no_sense_is_refused() {
    let profile = || read(&person()).unwrap();
    let patched = |patch: Value| pointers(profile().patched(&patch, now()));
    assert_eq!(patched(json!({"kind": "legal"})), ["/kind"]);
    assert_eq!(patched(json!({"wallets": []})), ["/wallets"]);
    assert_eq!(
        patched(json!({"name": null, "colour": 1, "lei": "5493001KJTIIGC8Y1R12"})),
        ["/name", "/lei", "/colour"]
    );
    assert_eq!(patched(json!([])), [""]);
    let company =
        read(&json!({"kind": "legal", "name": "A", "residence": "LU", "beneficial_owners": []})).unwrap();
    let renamed = company.clone().patched(&json!({"name": "B"}), now()).unwrap();
    assert_eq!(renamed.beneficial_owners, Some(vec![]), "asked stays asked");
    assert_eq!(company.patched(&json!({"beneficial_owners": null}), now()).unwrap().beneficial_owners, None);
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
