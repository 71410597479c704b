//! Money: exact decimals with a currency, never floats.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    FieldError,
    input::{FromText, Object},
};

/// Currencies that our list of codes still has, though they have been withdrawn (ISO 4217, list three): the Bulgarian lev on 1 January
/// 2026 and the Croatian kuna on 1 January 2023, for the euro; the convertible peso of Cuba in June 2021; the leone of Sierra Leone
/// (1964) in March 2024; the Zimbabwe dollar in September 2024.
const WITHDRAWN: [&str; 5] = ["BGN", "CUC", "HRK", "SLL", "ZWL"];

/// The ISO 4217 code of a currency.
///
/// Whoever states one must state one in use ([`FromText`]). What was recorded when another one was stays readable
/// ([`Self::recorded`], and as JSON).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// US dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);
    /// Euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);

    /// A currency that was in use when it was recorded, whether or not it still is.
    pub fn recorded(code: &str) -> Option<Self> {
        iso_currency::Currency::from_code(code).map(Self)
    }

    /// Whether it is money that somebody can pay with today: no metal, no unit of account between banks, no code for testing or for
    /// the absence of a currency, and nothing that has been withdrawn.
    fn is_in_use(self) -> bool {
        !self.0.has_flag(iso_currency::Flag::Special) && !WITHDRAWN.contains(&self.code())
    }

    /// The three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimal places of its minor unit, if it has one: 2 for EUR, 0 for JPY.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromText for Currency {
    fn from_text(text: &str) -> Result<Self, String> {
        let known = Self::recorded(text).filter(|currency| currency.is_in_use());
        known.ok_or_else(|| "must be the ISO 4217 code of a currency in use, such as EUR".to_owned())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::recorded(&text).ok_or_else(|| serde::de::Error::custom("must be an ISO 4217 currency code"))
    }
}

/// An amount in a currency: `{"value": "100.50", "currency": "EUR"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount in whole units of the currency, as a decimal string.
    pub value: Decimal,
    /// Its currency.
    pub currency: Currency,
}

impl Money {
    /// Reads `{value, currency}` with a value greater than zero. Whether it has more decimal places than the currency is checked
    /// by [`Self::complaints`], once the required currency is known.
    pub fn positive(object: &mut Object<'_>) -> Option<Self> {
        let (value, currency) =
            (object.required::<Decimal>("value"), object.required::<Currency>("currency"));
        let value = value?;
        if value <= Decimal::ZERO {
            object.complain("value", "must be greater than zero");
            return None;
        }
        Some(Self { value, currency: currency? })
    }

    /// Everything wrong with an amount at `pointer` that must be in `currency`.
    pub fn complaints(&self, pointer: &str, currency: Currency, whose: &str) -> Vec<FieldError> {
        let mut complaints = Vec::new();
        if self.value.normalize().scale() > currency.exponent() {
            let places = currency.exponent();
            let message = format!("must not have more than the {places} decimal places of {currency}");
            complaints.push(FieldError { pointer: format!("{pointer}/value"), message });
        }
        if self.currency != currency {
            let message = format!("must be {currency}, the currency of {whose}");
            complaints.push(FieldError { pointer: format!("{pointer}/currency"), message });
        }
        complaints
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Object;
    use serde_json::json;

    /// The currencies in use, and funds codes that funds are denominated in: ISO 4217 as Debian's `iso-codes` 4.15 lists it, with the
    /// amendments since (XCG for ANG, ZWG for ZWL, the euro for HRK and BGN; CUC and SLL withdrawn), without precious metals, units of
    /// account of institutions, XTS and XXX.
    const IN_USE: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD \
        CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP \
        GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR \
        KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN \
        MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD \
        SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX \
        USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

    #[test]
    fn a_currency_is_one_in_use() {
        let letters = || (b'A'..=b'Z').map(char::from);
        for first in letters() {
            for (second, third) in letters().flat_map(|second| letters().map(move |third| (second, third))) {
                let code = format!("{first}{second}{third}");
                let expected = IN_USE.split(' ').any(|known| known == code);
                assert_eq!(Currency::from_text(&code).is_ok(), expected, "{code}");
            }
        }
        for wrong in ["eur", "EURO", "", "€", "978"] {
            assert!(Currency::from_text(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_was_recorded_in_a_currency_that_has_been_withdrawn_since_stays_readable() {
        for code in ["HRK", "BGN", "EUR"] {
            assert_eq!(Currency::recorded(code).map(Currency::code), Some(code));
            let money: Money = serde_json::from_value(json!({"value": "1", "currency": code})).unwrap();
            assert_eq!(money.currency.code(), code);
        }
        assert_eq!(Currency::recorded("QQQ"), None);
    }

    #[test]
    fn an_amount_has_no_more_places_than_its_currency_and_is_told_so_beside_everything_else() {
        let read = |value: &str, currency: &str| {
            let json = json!({"value": value, "currency": currency});
            let mut object = Object::root(&json).unwrap();
            let money = Money::positive(&mut object);
            object.finish::<_, crate::Error>(|| money).ok()
        };
        let wrong = |value: &str, currency: &str, wanted: Currency| -> Vec<String> {
            let complaints = read(value, currency).unwrap().complaints("/amount", wanted, "the share class");
            complaints.into_iter().map(|complaint| complaint.pointer).collect()
        };
        for (value, currency, wanted) in
            [("100.50", "EUR", Currency::EUR), ("100.500", "EUR", Currency::EUR), ("1", "USD", Currency::USD)]
        {
            assert!(wrong(value, currency, wanted).is_empty(), "{value} {currency}");
        }
        assert_eq!(wrong("100.505", "EUR", Currency::EUR), ["/amount/value"]);
        assert_eq!(wrong("100.5", "JPY", Currency::EUR), ["/amount/currency"]);
        assert_eq!(wrong("100.505", "USD", Currency::EUR), ["/amount/value", "/amount/currency"]);
        let yen = Currency::from_text("JPY").unwrap();
        assert_eq!(wrong("100.5", "JPY", yen), ["/amount/value"]);
        for (value, currency) in [("0", "EUR"), ("-1", "EUR"), ("1", "EURO"), ("1", "eur"), ("x", "EUR")] {
            assert!(read(value, currency).is_none(), "{value} {currency}");
        }
    }
}
