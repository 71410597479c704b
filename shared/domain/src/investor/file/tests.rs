//! Files: every state with every event, risk, validity, and who is a second person.

use serde_json::{Value, json};

use super::*;
use crate::{input::FromText, investor::Entry};

fn at(text: &str) -> DateTime<Utc> {
    DateTime::from_text(text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    NaiveDate::from_text(text).unwrap()
}

const NOW: &str = "2026-06-15T12:00:00Z";

fn profile(body: &Value) -> Profile {
    Entry::read(Object::root(body).unwrap(), at(NOW)).unwrap().profile
}

fn person() -> Profile {
    profile(&json!({"kind": "natural", "name": "Ada Lovelace", "residence": "LU", "nationalities": ["GB"],
        "birth_date": "1985-12-10"}))
}

fn document(kind: FileDocumentKind, expires_on: Option<&str>) -> FileDocument {
    FileDocument {
        kind,
        issuer: "HM Passport Office".to_owned(),
        reference: None,
        sha256: "0".repeat(64),
        issued_on: day("2020-01-01"),
        expires_on: expires_on.map(day),
    }
}

/// What follows for each state, in the order of `FileEvent::WORDS`; `!` where it cannot happen. Written down by hand.
const TABLE: &[(FileState, [&str; 9])] = &[
    //                      submitted    edited     identity   review       returned approved    rejected    expired    reopened
    (FileState::Draft, ["submitted", "draft", "draft", "!", "!", "!", "!", "!", "!"]),
    (FileState::Submitted, ["!", "draft", "draft", "in_review", "draft", "!", "!", "!", "!"]),
    (FileState::InReview, ["!", "draft", "draft", "!", "draft", "approved", "rejected", "!", "!"]),
    (FileState::Approved, ["!", "approved", "draft", "!", "!", "!", "rejected", "expired", "draft"]),
    (FileState::Rejected, ["!", "rejected", "rejected", "!", "!", "!", "!", "!", "draft"]),
    (FileState::Expired, ["!", "expired", "expired", "!", "!", "!", "!", "!", "draft"]),
];

#[test]
fn every_event_leads_where_it_should_from_every_state() {
    assert_eq!(TABLE.len(), FileState::WORDS.len(), "every state");
    assert_eq!(TABLE.iter().map(|(state, _)| state).collect::<std::collections::BTreeSet<_>>().len(), 6);
    for (state, row) in TABLE {
        for ((word, event), expected) in FileEvent::WORDS.iter().zip(row) {
            match state.after(*event) {
                Ok(next) => assert_eq!(next.word(), *expected, "{state} after {word}"),
                Err(error) => {
                    assert_eq!((error.code(), *expected), ("kyc_state", "!"), "{state} after {word}");
                }
            }
        }
    }
}

#[test]
fn nothing_is_approved_that_was_not_reviewed() {
    let to_approved: Vec<_> = FileState::WORDS
        .iter()
        .flat_map(|(_, state)| FileEvent::WORDS.iter().map(move |(_, event)| (*state, *event)))
        .filter(|(state, event)| {
            *state != FileState::Approved && state.after(*event) == Ok(FileState::Approved)
        })
        .collect();
    assert_eq!(to_approved, [(FileState::InReview, FileEvent::Approved)]);
}

#[test]
fn risk_is_the_highest_that_a_factor_asks_for() {
    let high = RiskCountry { country: Country::from_text("MM").unwrap(), rating: RiskRating::High };
    let medium = RiskCountry { country: Country::from_text("GB").unwrap(), rating: RiskRating::Medium };
    let rated = |profile: &Profile, screening, exposed, listed: &[RiskCountry]| {
        let risk = Risk::of(profile, screening, exposed, listed);
        (risk.rating, risk.factors)
    };
    assert_eq!(rated(&person(), None, false, &[high]), (RiskRating::Low, vec![]));
    assert_eq!(rated(&person(), Some(ScreeningOutcome::Clear), false, &[]), (RiskRating::Low, vec![]));
    assert_eq!(
        rated(&person(), None, false, &[medium]),
        (RiskRating::Medium, vec![RiskFactor::MediumRiskCountry]),
        "by nationality"
    );
    let mut resident = person();
    resident.residence = Country::from_text("MM").unwrap();
    assert_eq!(
        rated(&resident, Some(ScreeningOutcome::PossibleMatch), true, &[high, medium]),
        (
            RiskRating::High,
            vec![
                RiskFactor::PoliticallyExposed,
                RiskFactor::HighRiskCountry,
                RiskFactor::ScreeningHit,
                RiskFactor::MediumRiskCountry
            ]
        )
    );
    let mut company = json!({"kind": "legal", "name": "Acme", "residence": "LU"});
    assert_eq!(
        rated(&profile(&company), None, false, &[]),
        (RiskRating::Medium, vec![RiskFactor::OwnersNotIdentified])
    );
    company["beneficial_owners"] = json!([{"name": "Grace Hopper", "percent": "60"}]);
    assert_eq!(rated(&profile(&company), None, false, &[]).0, RiskRating::Medium);
    company["beneficial_owners"][0]["identified_on"] = json!("2026-01-05");
    assert_eq!(rated(&profile(&company), None, false, &[]).0, RiskRating::Low);
    company["beneficial_owners"] = json!([]);
    assert_eq!(rated(&profile(&company), None, false, &[]).0, RiskRating::Low, "asked, and there are none");
}

#[test]
fn a_rating_can_be_raised_and_not_lowered() {
    let risk = Risk { rating: RiskRating::Medium, factors: vec![RiskFactor::OwnersNotIdentified] };
    assert_eq!(risk.at_least(None), Ok(RiskRating::Medium));
    assert_eq!(risk.at_least(Some(RiskRating::Medium)), Ok(RiskRating::Medium));
    assert_eq!(risk.at_least(Some(RiskRating::High)), Ok(RiskRating::High));
    let Err(Error::Invalid(errors)) = risk.at_least(Some(RiskRating::Low)) else { panic!("accepted") };
    assert_eq!(errors[0].pointer, "/risk");
}

#[test]
fn a_file_is_renewed_after_three_years_two_or_one_or_when_a_document_expires() {
    let until = |rating, documents: &[FileDocument]| valid_until(day("2024-02-29"), rating, documents);
    assert_eq!(until(RiskRating::Low, &[]), day("2027-02-28"));
    assert_eq!(until(RiskRating::Medium, &[]), day("2026-02-28"));
    assert_eq!(until(RiskRating::High, &[]), day("2025-02-28"));
    let passport = document(FileDocumentKind::Passport, Some("2025-07-01"));
    let permit = document(FileDocumentKind::ResidencePermit, Some("2025-06-30"));
    let bill = document(FileDocumentKind::ProofOfAddress, None);
    assert_eq!(until(RiskRating::Low, &[passport.clone(), permit, bill]), day("2025-06-30"));
    assert_eq!(until(RiskRating::High, &[passport]), day("2025-02-28"), "whichever comes first");
}

#[test]
fn a_last_day_ends_with_the_day() {
    assert!(!has_passed(day("2026-06-15"), at("2026-06-15T23:59:59Z")));
    assert!(has_passed(day("2026-06-15"), at("2026-06-16T00:00:00Z")));
}

#[test]
fn what_a_file_lacks_is_all_named() {
    let pointers = |profile: &Profile, documents: &[FileDocument]| match complete(profile, documents, at(NOW))
    {
        Ok(()) => vec![],
        Err(Error::ConflictAt { code: "kyc_incomplete", parts, .. }) => {
            parts.into_iter().map(|part| part.pointer).collect()
        }
        Err(other) => panic!("{other:?}"),
    };
    let passport = document(FileDocumentKind::Passport, Some("2026-06-15"));
    assert_eq!(pointers(&person(), std::slice::from_ref(&passport)), [""; 0], "on its last day");
    let expired = document(FileDocumentKind::Passport, Some("2026-06-14"));
    assert_eq!(pointers(&person(), &[passport.clone(), expired]), ["/documents"]);
    let stranger = profile(&json!({"kind": "natural", "name": "Ada", "residence": "LU"}));
    let extract = document(FileDocumentKind::RegisterExtract, None);
    assert_eq!(
        pointers(&stranger, std::slice::from_ref(&extract)),
        ["/birth_date", "/nationalities", "/documents"],
        "an extract from a register does not identify a person"
    );
    let mut company = json!({"kind": "legal", "name": "Acme", "residence": "LU"});
    assert_eq!(
        pointers(&profile(&company), &[passport]),
        ["/registration_number", "/beneficial_owners", "/documents"]
    );
    company["lei"] = json!("5493001KJTIIGC8Y1R12");
    company["beneficial_owners"] = json!([]);
    assert_eq!(pointers(&profile(&company), &[extract]), [""; 0]);
}

#[test]
fn every_wrong_field_of_a_document_is_named() {
    let read = |body: &Value| FileDocument::read(Object::root(body).unwrap(), at(NOW));
    let body = json!({"kind": "passport", "issuer": "HMPO", "sha256": "a".repeat(64), "issued_on": "2020-01-01",
        "expires_on": "2030-01-01"});
    assert_eq!(read(&body).unwrap().expires_on, Some(day("2030-01-01")));
    let pointers = |body: Value| match read(&body) {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(pointers(json!({})), ["/kind", "/issuer", "/sha256", "/issued_on"]);
    let mut wrong = body.clone();
    for sha in ["A".repeat(64), "a".repeat(63), "g".repeat(64), "0x".to_owned()] {
        wrong["sha256"] = json!(sha);
        assert_eq!(pointers(wrong.clone()), ["/sha256"], "{sha}");
    }
    let mut wrong = body.clone();
    wrong["expires_on"] = json!("2026-06-14");
    assert_eq!(pointers(wrong.clone()), ["/expires_on"], "it has expired");
    wrong["expires_on"] = json!("2019-12-31");
    assert_eq!(pointers(wrong)[0], "/expires_on", "before it was issued");
}

#[test]
fn who_submitted_recorded_or_was_permitted_afterwards_is_no_second_person() {
    let [submitter, maker, recorder, second] = [1, 2, 3, 4].map(|n| UserId(Uuid::from_u128(n)));
    let authors = Authors {
        submitted_by: vec![submitter, maker],
        recorded_by: vec![recorder],
        submitted_at: at("2026-06-01T00:00:00Z"),
    };
    let before = Some(at("2026-05-31T23:59:59Z"));
    assert_eq!(authors.check_second(second, before), Ok(()));
    for (person, since) in [
        (submitter, before),
        (maker, before),
        (recorder, before),
        (second, Some(at("2026-06-01T00:00:00Z"))),
        (second, Some(at("2026-06-02T00:00:00Z"))),
        (second, None),
    ] {
        let error = authors.check_second(person, since).unwrap_err();
        assert_eq!(error.code(), "second_person_required", "{person} {since:?}");
    }
}
