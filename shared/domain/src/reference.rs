//! Reference data types: countries and wallet addresses.

use std::fmt;

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};

use crate::input::FromText;

/// An assigned ISO 3166-1 alpha-2 country code, or `XK` for Kosovo, which is user-assigned but used by the European Commission,
/// the IMF and SWIFT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// The two letters, in upper case.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromText for Country {
    fn from_text(text: &str) -> Result<Self, String> {
        let expected = || "must be an ISO 3166-1 alpha-2 country code such as LU".to_owned();
        if text == "XK" {
            return Ok(Self(*b"XK"));
        }
        let known = rust_iso3166::from_alpha2(text).ok_or_else(expected)?;
        let letters: [u8; 2] = known.alpha2.as_bytes().try_into().map_err(|_| expected())?;
        Ok(Self(letters))
    }
}

/// Serialised as its two letters.
impl Serialize for Country {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).map_err(serde::de::Error::custom)
    }
}

/// A subdivision of a country: an ISO 3166-2 code such as `UA-43`.
///
/// Checked by form and country only: ISO adds and withdraws codes every year, so a list here would reject correct ones. For
/// Ukraine, where rules name regions, it must be one of its 27.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

/// The oblasts of Ukraine, the Autonomous Republic of Crimea, Kyiv and Sevastopol.
const OF_UKRAINE: &[&str] = &[
    "05", "07", "09", "12", "14", "18", "21", "23", "26", "30", "32", "35", "40", "43", "46", "48", "51",
    "53", "56", "59", "61", "63", "65", "68", "71", "74", "77",
];

impl Region {
    /// The code.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// Whether it is in the given country.
    pub fn is_in(&self, country: Country) -> bool {
        self.0.split_once('-').is_some_and(|(prefix, _)| prefix == country.code())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromText for Region {
    fn from_text(text: &str) -> Result<Self, String> {
        let expected = || "must be an ISO 3166-2 code of a subdivision such as UA-32".to_owned();
        let (country, part) = text.split_once('-').ok_or_else(expected)?;
        Country::from_text(country).map_err(|_| expected())?;
        let shaped = (1..=3).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if !shaped || (country == "UA" && !OF_UKRAINE.contains(&part)) {
            return Err(expected());
        }
        Ok(Self(text.to_owned()))
    }
}

/// Serialised as its code.
impl Serialize for Region {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).map_err(serde::de::Error::custom)
    }
}

/// Nationality as stated in a passport: a country, or that the bearer is a national of none (ICAO Doc 9303-3, section 5, part D).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Nationality {
    /// A national of a country.
    Of(Country),
    /// `XXA`: stateless, as defined by the 1954 Convention.
    Stateless,
    /// `XXB`: refugee, as defined by the 1951 Convention and its Protocol.
    Refugee,
    /// `XXC`: other refugee.
    OtherRefugee,
    /// `XXX`: unspecified nationality.
    Unspecified,
}

impl Nationality {
    const OF_NONE: [(&'static str, Self); 4] = [
        ("XXA", Self::Stateless),
        ("XXB", Self::Refugee),
        ("XXC", Self::OtherRefugee),
        ("XXX", Self::Unspecified),
    ];

    /// The code: two letters for a country, otherwise three.
    pub fn code(&self) -> &str {
        match self {
            Self::Of(country) => country.code(),
            none => Self::OF_NONE.iter().find(|(_, known)| known == none).map_or("", |(code, _)| code),
        }
    }

    /// Whether it tells us the nationality, or that there is none. A refugee may still be a national of the country that they
    /// have left; their document does not say (1951 Convention, Article 1 A (2)).
    pub fn is_said(self) -> bool {
        matches!(self, Self::Of(_) | Self::Stateless)
    }

    /// The country, if any.
    pub fn country(self) -> Option<Country> {
        match self {
            Self::Of(country) => Some(country),
            _ => None,
        }
    }
}

impl From<Country> for Nationality {
    fn from(country: Country) -> Self {
        Self::Of(country)
    }
}

impl fmt::Display for Nationality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromText for Nationality {
    fn from_text(text: &str) -> Result<Self, String> {
        if let Some((_, none)) = Self::OF_NONE.iter().find(|(code, _)| *code == text) {
            return Ok(*none);
        }
        Country::from_text(text).map(Self::Of).map_err(|_| {
            "must be an ISO 3166-1 alpha-2 country code such as LU or, without a nationality, XXA (stateless), XXB, XXC \
             (refugees) or XXX (unspecified)"
                .to_owned()
        })
    }
}

/// Serialised as its code.
impl Serialize for Nationality {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Nationality {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).map_err(serde::de::Error::custom)
    }
}

/// An address on an EVM chain, written with its checksum (EIP-55).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WalletAddress(pub Address);

impl fmt::Display for WalletAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_checksum(None))
    }
}

impl FromText for WalletAddress {
    /// Accepts all-lower, all-upper, or mixed case with a correct checksum (EIP-55).
    fn from_text(text: &str) -> Result<Self, String> {
        let expected = || {
            "must be 0x followed by 40 hexadecimal digits, in one case or with a correct EIP-55 checksum"
                .to_owned()
        };
        let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 40).ok_or_else(expected)?;
        let address: Address = text.parse().map_err(|_| expected())?;
        let one_case = !digits.bytes().any(|b| b.is_ascii_uppercase())
            || !digits.bytes().any(|b| b.is_ascii_lowercase());
        if one_case || address.to_checksum(None) == text { Ok(Self(address)) } else { Err(expected()) }
    }
}

impl Serialize for WalletAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WalletAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_an_assigned_code() {
        assert_eq!(Country::from_text("LU").unwrap().code(), "LU");
        assert_eq!(Country::from_text("XK").unwrap().code(), "XK");
        for wrong in ["lu", "LUX", "XX", "XXA", "xk", "", "EU", "日本"] {
            assert!(Country::from_text(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_region_is_one_of_its_country() {
        for code in ["UA-43", "UA-40", "UA-14", "UA-09", "UA-30", "GB-ENG", "FR-20R", "KZ-10", "AT-9"] {
            let read = Region::from_text(code).unwrap();
            assert_eq!((read.code(), serde_json::to_string(&read).unwrap()), (code, format!("\"{code}\"")));
        }
        assert!(Region::from_text("UA-43").unwrap().is_in(Country::from_text("UA").unwrap()));
        assert!(!Region::from_text("UA-43").unwrap().is_in(Country::from_text("RU").unwrap()));
        for wrong in [
            "UA", "UA-", "UA-99", "UA-3", "UA-CRI", "UA43", "ua-43", "UA-4é", "XX-01", "LU-ABCD", "-43",
            "UA-43 ",
        ] {
            assert!(Region::from_text(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn who_is_a_national_of_no_country_can_be_recorded() {
        for code in ["LU", "XK", "XXA", "XXB", "XXC", "XXX"] {
            let read = Nationality::from_text(code).unwrap();
            assert_eq!((read.code(), read.country().is_some()), (code, code.len() == 2));
            let json = serde_json::to_string(&read).unwrap();
            assert_eq!(serde_json::from_str::<Nationality>(&json).unwrap(), read);
        }
        for wrong in ["XX", "XXD", "xxa", "LUX", ""] {
            assert!(Nationality::from_text(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mixed_case_address_needs_its_checksum() {
        let right = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
        assert_eq!(WalletAddress::from_text(right).unwrap().to_string(), right);
        assert_eq!(WalletAddress::from_text(&right.to_lowercase()).unwrap().to_string(), right);
        for wrong in [
            "0x5fBDB2315678afecb367f032d93F642f64180aa3",
            "5FbDB2315678afecb367f032d93F642f64180aa3",
            "0x5F",
            "",
        ] {
            assert!(WalletAddress::from_text(wrong).is_err(), "{wrong}");
        }
    }
}
