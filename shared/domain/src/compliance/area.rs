//! Countries, and the groups of them that laws refer to.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{input::FromText, reference::Country};

/// Member States of the European Union.
const EU: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];
/// Parts of Member States that have codes of their own and belong to the Union: the outermost regions of France and the Åland
/// Islands (Treaty on the Functioning of the European Union, Article 355(1) and (4)).
const PARTS_OF_EU: &[&str] = &["AX", "GF", "GP", "MF", "MQ", "RE", "YT"];
/// What the European Economic Area includes beyond the Union.
const EFTA_IN_EEA: &[&str] = &["IS", "LI", "NO"];
/// The United States with its territories and possessions (17 CFR 230.902(l)).
const UNITED_STATES: &[&str] = &["US", "AS", "GU", "MP", "PR", "UM", "VI"];

/// A country, or a group of countries as named in a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// One country, `LU`.
    Country(Country),
    /// `EU`: the Member States of the European Union, including the parts that have codes of their own.
    Eu,
    /// `EEA`: the European Economic Area.
    Eea,
    /// `US+`: the United States with its territories and possessions.
    UnitedStates,
}

impl Area {
    /// Whether the country belongs to it.
    pub fn contains(self, country: Country) -> bool {
        let code = country.code();
        match self {
            Self::Country(own) => own == country,
            Self::Eu => EU.contains(&code) || PARTS_OF_EU.contains(&code),
            Self::Eea => Self::Eu.contains(country) || EFTA_IN_EEA.contains(&code),
            Self::UnitedStates => UNITED_STATES.contains(&code),
        }
    }
}

/// Whether the country belongs to any of them.
pub fn any_contains(areas: &[Area], country: Country) -> bool {
    areas.iter().any(|area| area.contains(country))
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country(country) => country.fmt(f),
            Self::Eu => f.write_str("EU"),
            Self::Eea => f.write_str("EEA"),
            Self::UnitedStates => f.write_str("US+"),
        }
    }
}

impl FromText for Area {
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "EU" => Ok(Self::Eu),
            "EEA" => Ok(Self::Eea),
            "US+" => Ok(Self::UnitedStates),
            code => Country::from_text(code).map(Self::Country),
        }
    }
}

impl Serialize for Area {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Area {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_text(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_of_a_group_is_an_assigned_country() {
        for code in EU.iter().chain(PARTS_OF_EU).chain(EFTA_IN_EEA).chain(UNITED_STATES) {
            assert!(Country::from_text(code).is_ok(), "{code}");
        }
        assert_eq!(EU.len(), 27);
    }

    #[test]
    fn groups_hold_their_members_and_nobody_else() {
        let country = |code| Country::from_text(code).unwrap();
        assert!(Area::Eu.contains(country("LU")) && !Area::Eu.contains(country("NO")));
        assert!(Area::Eu.contains(country("RE")) && Area::Eea.contains(country("AX")));
        for not_of_the_union in ["NC", "PF", "GL", "FO", "AW", "BL", "PM"] {
            assert!(!Area::Eu.contains(country(not_of_the_union)), "{not_of_the_union}");
        }
        assert!(Area::Eea.contains(country("NO")) && !Area::Eea.contains(country("CH")));
        assert!(Area::UnitedStates.contains(country("PR")) && !Area::UnitedStates.contains(country("CA")));
        assert!(!Area::Eu.contains(country("GB")), "the United Kingdom has left");
    }

    #[test]
    fn an_area_reads_what_it_writes() {
        for text in ["EU", "EEA", "US+", "CH"] {
            assert_eq!(Area::from_text(text).unwrap().to_string(), text);
        }
        assert!(Area::from_text("eu").is_err() && Area::from_text("Europe").is_err());
    }
}
