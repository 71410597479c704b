use super::*;
use crate::{
    investor::{Permit, PermitKind},
    reference::{Nationality, Region},
};

fn permit(code: &str, kind: PermitKind, expires_on: Option<&str>) -> Permit {
    Permit { country: country(code), kind, expires_on: expires_on.map(day) }
}

fn person(residence: &str, nationalities: &[&str]) -> Facts {
    changed(|facts| {
        facts.investor.residence = country(residence);
        facts.investor.nationalities =
            nationalities.iter().map(|code| Nationality::from_text(code).unwrap()).collect();
    })
}

fn entity(residence: &str) -> Facts {
    let mut facts = person(residence, &[]);
    facts.investor.kind = Kind::Legal;
    facts
}

#[test]
fn a_us_person_is_one_by_residence_not_by_citizenship() {
    table(
        &json!({"not_us_person": {}}),
        [
            ("a resident of Luxembourg", person("LU", &["LU"]), Verdict::Met),
            ("a US citizen abroad", person("CH", &["US"]), Verdict::Met),
            ("a foreigner in the United States", person("US", &["FR"]), Verdict::Unmet),
            ("a resident of Puerto Rico", person("PR", &["US"]), Verdict::Unmet),
            ("a company organised in the United States", entity("US"), Verdict::Unmet),
            ("a company of the Cayman Islands", entity("KY"), Verdict::Met),
        ],
    );
}

#[test]
fn article_5f_looks_at_nationality_residence_and_permit() {
    let with_permit = |kind, code, expires_on| {
        let mut facts = person("RU", &["RU"]);
        facts.investor.permits = vec![permit(code, kind, expires_on)];
        facts
    };
    table(
        &json!({"no_tie_to": {"country": "RU", "exempt": ["EEA", "CH"]}}),
        [
            ("nobody Russian", person("LU", &["LU"]), Verdict::Met),
            ("a national abroad", person("AE", &["RU"]), Verdict::Unmet),
            ("a resident of another nationality", person("RU", &["AM"]), Verdict::Unmet),
            ("a national of both", person("RU", &["RU", "DE"]), Verdict::Met),
            ("a national of Russia and Norway", person("RU", &["RU", "NO"]), Verdict::Met),
            ("a Swiss resident of Russia", person("RU", &["CH"]), Verdict::Met),
            ("a national of both Russia and the United Kingdom", person("GB", &["RU", "GB"]), Verdict::Unmet),
            ("a permanent permit", with_permit(PermitKind::Permanent, "DE", None), Verdict::Met),
            (
                "a temporary permit",
                with_permit(PermitKind::Temporary, "CH", Some("2026-06-15")),
                Verdict::Met,
            ),
            (
                "an expired permit",
                with_permit(PermitKind::Temporary, "DE", Some("2026-06-14")),
                Verdict::Unmet,
            ),
            ("a permit of elsewhere", with_permit(PermitKind::Permanent, "AE", None), Verdict::Unmet),
            ("no known nationality", person("LU", &[]), Verdict::Missing),
            ("a stateless person", person("LU", &["XXA"]), Verdict::Met),
            ("a refugee, of whatever country", person("AE", &["XXB"]), Verdict::Doubtful),
            ("another refugee", person("LU", &["XXC"]), Verdict::Doubtful),
            ("of unspecified nationality", person("LU", &["XXX"]), Verdict::Doubtful),
            ("a refugee whose country is known", person("LU", &["XXB", "SY"]), Verdict::Met),
            ("a refugee who resides in Russia", person("RU", &["XXB"]), Verdict::Unmet),
            ("a refugee with a German permit", refugee_in_germany(), Verdict::Met),
            ("a refugee who is still Russian", person("AE", &["XXB", "RU"]), Verdict::Unmet),
            ("a stateless resident of Russia", person("RU", &["XXA"]), Verdict::Unmet),
            ("a national of Kosovo", person("XK", &["XK"]), Verdict::Met),
            ("a Russian company", entity("RU"), Verdict::Unmet),
            ("another company", entity("CY"), Verdict::Met),
        ],
    );
}

fn refugee_in_germany() -> Facts {
    let mut facts = person("DE", &["XXB"]);
    facts.investor.permits = vec![permit("DE", PermitKind::Temporary, Some("2026-12-31"))];
    facts
}

#[test]
fn embargoes_of_regions_ask_in_which_part_of_the_country_the_address_lies() {
    let embargoed = json!({"not": {"of": {"region_in": {"regions": ["UA-43", "UA-40"]}}}});
    let of = |residence, region: Option<&str>| {
        let mut facts = person(residence, &["UA"]);
        facts.investor.region = region.map(|code| Region::from_text(code).unwrap());
        facts
    };
    table(
        &embargoed,
        [
            ("Simferopol", of("UA", Some("UA-43")), Verdict::Unmet),
            ("Sevastopol", of("UA", Some("UA-40")), Verdict::Unmet),
            ("Kyiv", of("UA", Some("UA-30")), Verdict::Met),
            ("somewhere in Ukraine", of("UA", None), Verdict::Doubtful),
            ("elsewhere", of("PL", None), Verdict::Met),
            ("elsewhere, with a region", of("PL", Some("PL-14")), Verdict::Met),
        ],
    );
}

#[test]
fn an_exempting_permit_bounds_the_validity() {
    let mut facts = person("RU", &["RU"]);
    facts.investor.permits = vec![permit("DE", PermitKind::Temporary, Some("2026-06-15"))];
    let (_, until) = ask(json!({"no_tie_to": {"country": "RU", "exempt": ["EU"]}}), &facts);
    assert_eq!(until, Some("2026-06-16T00:00:00Z".parse().unwrap()));
}

#[test]
fn jurisdictions_are_allowed_and_blocked() {
    let allowed = json!({"resident_in": {"areas": ["EU", "CH"]}});
    table(
        &allowed,
        [
            ("of a group", person("LU", &[]), Verdict::Met),
            ("by name", person("CH", &[]), Verdict::Met),
            ("of neither", person("GB", &[]), Verdict::Unmet),
        ],
    );
    table(
        &json!({"not": {"of": allowed}}),
        [("blocked", person("LU", &[]), Verdict::Unmet), ("not blocked", person("GB", &[]), Verdict::Met)],
    );
}

#[test]
fn a_nationality_that_nobody_recorded_is_missing_on_either_side_of_a_not() {
    let national = json!({"national_of": {"areas": ["IR"]}});
    table(
        &national,
        [
            ("of it", person("LU", &["IR"]), Verdict::Met),
            ("of another", person("IR", &["LU"]), Verdict::Unmet),
            ("unknown", person("LU", &[]), Verdict::Missing),
            ("a company", entity("IR"), Verdict::Unmet),
            ("a document that names no country", person("LU", &["XXB"]), Verdict::Doubtful),
            ("of none", person("LU", &["XXA"]), Verdict::Unmet),
        ],
    );
    table(&json!({"not": {"of": national}}), [("unknown", person("LU", &[]), Verdict::Missing)]);
}

#[test]
fn a_person_is_no_organisation() {
    table(
        &json!({"person_kind": {"is": "legal"}}),
        [("a person", facts(), Verdict::Unmet), ("a company", entity("LU"), Verdict::Met)],
    );
}
