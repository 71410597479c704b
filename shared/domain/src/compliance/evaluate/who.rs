//! What an investor is: kind, residence, nationality.

use super::{Finding, Scope};
use crate::{
    compliance::{
        area::{Area, any_contains},
        clock::end_of,
    },
    investor::Kind,
    reference::{Country, Nationality, Region},
};

pub(super) fn person_kind(scope: Scope<'_>, is: Kind) -> Finding {
    let kind = scope.facts.investor.kind;
    Finding::met_if(kind == is, format!("the investor is a {kind} person"))
}

pub(super) fn resident_in(scope: Scope<'_>, areas: &[Area]) -> Finding {
    let residence = scope.facts.investor.residence;
    Finding::met_if(any_contains(areas, residence), format!("residence {residence}"))
}

pub(super) fn region_in(scope: Scope<'_>, regions: &[Region]) -> Finding {
    let investor = &scope.facts.investor;
    if !regions.iter().any(|region| region.is_in(investor.residence)) {
        return Finding::unmet(format!("residence {}", investor.residence));
    }
    match &investor.region {
        Some(region) => Finding::met_if(regions.contains(region), format!("residence {region}")),
        None => {
            Finding::doubtful(format!("residence {}, of which no region is recorded", investor.residence))
        }
    }
}

pub(super) fn national_of(scope: Scope<'_>, areas: &[Area]) -> Finding {
    let investor = &scope.facts.investor;
    if investor.kind == Kind::Legal {
        return Finding::unmet("an organisation has no nationality");
    }
    if investor.nationalities.is_empty() {
        return Finding::missing("no nationality is recorded");
    }
    let national = countries(scope).any(|country| any_contains(areas, country));
    if !national && unsaid(scope) {
        return Finding::doubtful(format!(
            "nationality {} does not say of which country",
            nationalities(scope)
        ));
    }
    Finding::met_if(national, format!("nationality {}", nationalities(scope)))
}

pub(super) fn not_us_person(scope: Scope<'_>) -> Finding {
    let residence = scope.facts.investor.residence;
    let us = Area::UnitedStates.contains(residence);
    Finding::met_if(!us, format!("residence {residence}"))
}

pub(super) fn no_tie_to(scope: Scope<'_>, country: Area, exempt: &[Area]) -> Finding {
    let investor = &scope.facts.investor;
    let resides = country.contains(investor.residence);
    if investor.kind == Kind::Legal {
        return Finding::met_if(!resides, format!("established in {}", investor.residence));
    }
    if investor.nationalities.is_empty() {
        return Finding::missing("no nationality is recorded");
    }
    let national = countries(scope).any(|own| country.contains(own));
    if !resides && !national && !unsaid(scope) {
        return Finding::met(format!(
            "nationality {}, residence {}",
            nationalities(scope),
            investor.residence
        ));
    }
    if let Some(own) = countries(scope).find(|own| any_contains(exempt, *own)) {
        return Finding::met(format!("exempt as a national of {own}"));
    }
    let valid_permit = investor.permits.iter().find(|permit| {
        any_contains(exempt, permit.country)
            && !permit.expires_on.is_some_and(|day| scope.clock.reached(end_of(day)))
    });
    if let Some(permit) = valid_permit {
        return Finding::met(format!("exempt by a {} residence permit in {}", permit.kind, permit.country));
    }
    if !resides && !national {
        let own = nationalities(scope);
        return Finding::doubtful(format!(
            "nationality {own} does not say of which country, nor is there an exempting permit"
        ));
    }
    let tie = if resides { "a resident" } else { "a national" };
    Finding::unmet(format!("{tie} of {country} without an exempting nationality or residence permit"))
}

/// Nationality of the investor. A stateless person is a national of no country, which is known, not missing.
fn countries(scope: Scope<'_>) -> impl Iterator<Item = Country> {
    scope.facts.investor.nationalities.iter().filter_map(|nationality| nationality.country())
}

/// Whether nothing that is recorded tells the investor's nationality.
fn unsaid(scope: Scope<'_>) -> bool {
    !scope.facts.investor.nationalities.iter().any(|nationality| nationality.is_said())
}

fn nationalities(scope: Scope<'_>) -> String {
    let codes: Vec<&str> = scope.facts.investor.nationalities.iter().map(Nationality::code).collect();
    codes.join(", ")
}
