//! Funds, their share classes and net asset values.

mod class;
mod entry;
mod history;
mod status;
mod terms;

use chrono::{DateTime, Days, NaiveDate, Utc};
use fundrail_kit::text::{is_forbidden, tidied};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    Error, Result,
    ids::{IssuerId, NavId},
    input::{FromText, Object, text_between},
    money::Currency,
    reference::Country,
    words::words,
};

pub use class::{Fees, NewToken, ShareClassEntry, TokenStandard};
pub use entry::{FundEntry, IssuerEntry};
pub use history::{ImportLine, ImportPlan, SeriesInterval, plan_import, read_import};
pub use status::{FundStatus, StatusChange};
pub use terms::{
    Dealing, Gate, GateBase, GateFlow, Known, LocalTime, Notice, NoticeUnit, Rounding, RoundingRule,
    SettlementDays, Swing,
};

words! {
    /// Investment strategy of a fund.
    Strategy {
        /// Government bills and bonds.
        Treasury = "treasury",
        /// Short-term, liquid debt with a stable or slowly rising value.
        MoneyMarket = "money_market",
        /// Loans that are not traded on an exchange.
        PrivateCredit = "private_credit",
        /// Real estate, or shares in companies that own it.
        RealEstate = "real_estate",
        /// Shares in companies.
        Equity = "equity",
    }
}

words! {
    /// Distribution policy of a share class.
    DistributionPolicy {
        /// Income is reinvested and raises the value of the share class.
        Accumulating = "accumulating",
        /// Income is paid out.
        Distributing = "distributing",
    }
}

words! {
    /// Valuation and dealing frequency of a share class.
    DealingFrequency {
        /// Every business day.
        Daily = "daily",
        /// Once a week.
        Weekly = "weekly",
        /// Once a month.
        Monthly = "monthly",
        /// Once a quarter.
        Quarterly = "quarterly",
    }
}

words! {
    /// State of a proposed net asset value.
    ProposalState {
        /// Waiting for approval.
        Pending = "pending",
        /// Approved by a second person, and published.
        Published = "published",
        /// Rejected.
        Rejected = "rejected",
        /// Replaced by another value for the same day.
        Superseded = "superseded",
    }
}

/// An International Securities Identification Number (ISO 6166) with a correct check digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Isin([u8; 12]);

impl Isin {
    /// The twelve characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl Serialize for Isin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromText for Isin {
    fn from_text(text: &str) -> Result<Self, String> {
        let expected = || "must be an ISIN with a correct check digit, such as US0378331005".to_owned();
        let characters: [u8; 12] = text.as_bytes().try_into().map_err(|_| expected())?;
        let (country, rest) = characters.split_at(2);
        let fits = country.iter().all(u8::is_ascii_uppercase)
            && rest.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
            && rest.last().is_some_and(u8::is_ascii_digit);
        if fits && isin_checksum(&characters) == 0 { Ok(Self(characters)) } else { Err(expected()) }
    }
}

/// ISO 6166, annex: letters become two digits (A is 10), then the Luhn sum over all digits, including the check digit, modulo 10
/// must be zero.
fn isin_checksum(characters: &[u8]) -> u32 {
    let digits = characters.iter().flat_map(|character| {
        let value = char::from(*character).to_digit(36).unwrap_or(0);
        let pair = if value > 9 { [Some(value / 10), Some(value % 10)] } else { [None, Some(value)] };
        pair.into_iter().flatten()
    });
    let digits: Vec<u32> = digits.collect();
    let luhn = |(place, digit): (usize, &u32)| match place % 2 {
        0 => *digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    };
    digits.iter().rev().enumerate().map(luhn).sum::<u32>() % 10
}

/// Search words: 1 to 100 characters, separated by single spaces, in lower case and in the form in which texts are stored, so
/// that equivalent searches find the same and share a cache entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SearchText(String);

impl SearchText {
    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromText for SearchText {
    fn from_text(text: &str) -> Result<Self, String> {
        let words = tidied(text).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let words = tidied(&words);
        let length = words.chars().count();
        if (1..=100).contains(&length) && !words.chars().any(is_forbidden) {
            Ok(Self(words))
        } else {
            Err("must have 1 to 100 printable characters".to_owned())
        }
    }
}

/// Reads the id of a chain (EIP-155): a whole number greater than zero.
pub fn chain_id(text: &str) -> Result<i64, String> {
    let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let parsed = text.parse().ok().filter(|id: &i64| fits && *id > 0);
    parsed.ok_or_else(|| "must be the id of a chain, a whole number such as 1".to_owned())
}

/// Reads an amount of zero or more.
pub fn not_negative(text: &str) -> Result<Decimal, String> {
    let amount = Decimal::from_text(text)?;
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err("must be zero or more".to_owned());
    }
    // 1000000, 1000000.0 and -0 mean the same as their shortest form.
    Ok(amount.normalize().abs())
}

/// Filter for a list of funds. Currency, chain and minimum must match one and the same share class.
///
/// Its JSON is part of a cache key: equal filters have equal JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FundFilter {
    /// The strategy.
    pub strategy: Option<Strategy>,
    /// Domicile of the fund.
    pub domicile: Option<Country>,
    /// Currency of a share class.
    pub currency: Option<Currency>,
    /// A chain on which a share class is tokenised.
    pub chain: Option<i64>,
    /// Issuer of the fund.
    pub issuer: Option<IssuerId>,
    /// Trading status of the fund.
    pub status: Option<FundStatus>,
    /// Words from the name of the fund or issuer or from the description, or an ISIN.
    pub text: Option<SearchText>,
    /// Upper limit for the minimum initial subscription, in the currency of the share class.
    pub min_subscription_max: Option<Decimal>,
    /// Whether only the funds of the caller's tenant are wanted, with drafts and what is deleted.
    pub own: bool,
}

/// A net asset value that an issuer publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavPublication {
    /// Valuation day: the day whose closing prices it is based on.
    pub nav_date: NaiveDate,
    /// Net asset value per share in the currency of the share class; greater than zero.
    pub per_share: Decimal,
    /// The version that it corrects, and the reason.
    pub corrects: Option<NavCorrection>,
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavCorrection {
    /// The version that was wrong.
    pub replaces: NavId,
    /// The reason.
    pub reason: String,
}

impl NavPublication {
    /// Reads `{nav_date, nav_per_share}`, and for a correction also `{replaces, reason}`.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming every invalid field. A day that has not yet begun in UTC is invalid.
    pub fn read(mut body: Object<'_>, now: DateTime<Utc>) -> Result<Self> {
        let nav_date = body.required::<NaiveDate>("nav_date");
        let per_share = body.required::<Decimal>("nav_per_share");
        if nav_date.is_some_and(|date| date > now.date_naive()) {
            body.complain("nav_date", "must not be in the future");
        }
        if per_share.is_some_and(|value| value <= Decimal::ZERO) {
            body.complain("nav_per_share", "must be greater than zero");
        }
        let is_correction = body.has("replaces");
        let replaces = body.optional("replaces");
        let reason = body.optional_as("reason", text_between(1, 1000));
        if is_correction && !body.has("reason") {
            body.complain("reason", "is required for a correction");
        }
        if !is_correction && body.has("reason") {
            body.complain(
                "reason",
                "is allowed only in a correction, which names the version to be replaced in `replaces`",
            );
        }
        body.finish(|| {
            let corrects = match replaces {
                Some(replaces) => Some(NavCorrection { replaces, reason: reason? }),
                None => None,
            };
            Some(Self { nav_date: nav_date?, per_share: per_share?, corrects })
        })
    }

    /// Whether it is plausible for the share class: not before its launch and, except for a correction, at most 31 days late.
    /// Mistakes may be found later than that.
    ///
    /// # Errors
    /// [`Error::Invalid`] at the date.
    pub fn check_date(&self, launched_on: NaiveDate, now: DateTime<Utc>) -> Result<()> {
        const LATEST_DAYS: u64 = 31;
        if self.nav_date < launched_on {
            return Err(Error::field(
                "/nav_date",
                format!("must not be before the launch of the share class on {launched_on}"),
            ));
        }
        let earliest = now.date_naive().checked_sub_days(Days::new(LATEST_DAYS)).unwrap_or(launched_on);
        if self.corrects.is_none() && self.nav_date < earliest {
            return Err(Error::field("/nav_date", format!("must not be more than {LATEST_DAYS} days ago")));
        }
        Ok(())
    }
}

/// The values from which a new value must not move too far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Near {
    /// The value of the previous day, or of the following day if there is none; for a correction also the value that it replaces,
    /// and the latest value for its day that was either the first or approved: many small steps add up to a large one.
    pub values: Vec<Decimal>,
    /// If there are values before and after: the value from which the following day's is currently measured, and that following
    /// value. Otherwise putting a value back, once the next day has been measured from it, would make one large step of two small
    /// ones.
    pub onward: Option<(Decimal, Decimal)>,
}

impl Near {
    /// What a publication has to be near to, by what is published of its class already.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the day has a value that it does not replace, or it replaces one that no longer counts;
    /// [`Error::Invalid`] when it replaces none of that day, or by the same.
    pub fn of(publication: &NavPublication, published: &Surroundings) -> Result<Self> {
        let Surroundings { before, after, .. } = *published;
        let mut values: Vec<Decimal> = before.or(after).into_iter().collect();
        match (&publication.corrects, published.current) {
            (None, None) => Ok(Self { values, onward: before.zip(after) }),
            (None, Some(_)) => Err(already_published(publication.nav_date)),
            (Some(corrects), Some((id, value))) if corrects.replaces == id => {
                if value == publication.per_share {
                    return Err(Error::field("/nav_per_share", "is the value that it replaces"));
                }
                values.push(value);
                values.extend(published.settled);
                Ok(Self { values, onward: before.and(after).map(|after| (value, after)) })
            }
            (Some(_), _) if published.replaces_known => Err(replaced_already()),
            (Some(_), _) => Err(Error::field("/replaces", "is no version of the value of that day")),
        }
    }
}

/// What is published of a class on a day and around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// The version that counts on the day, and its value.
    pub current: Option<(NavId, Decimal)>,
    /// The last value of the day that did not come of one person's correction: its first, or one that a second person has
    /// approved.
    pub settled: Option<Decimal>,
    /// The value of the last day before that has one.
    pub before: Option<Decimal>,
    /// The value of the first day after that has one.
    pub after: Option<Decimal>,
    /// Whether what a correction replaces is a version of the day, be it one that counts or not.
    pub replaces_known: bool,
}

/// The conflict of a first value with one that the day has.
pub fn already_published(day: NaiveDate) -> Error {
    let detail = format!(
        "the share class has a net asset value of {day}; a correction names the one that it replaces"
    );
    Error::conflict("nav_already_published", detail)
}

/// The conflict of a correction with another one that was first.
pub fn replaced_already() -> Error {
    Error::conflict(
        "nav_replaced",
        "another value has taken the place of the one that this replaces; read it again",
    )
}

/// How far a value is from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Move {
    /// In basis points of the other one.
    Bps(Decimal),
    /// Too far to be expressed.
    Boundless,
}

impl Move {
    /// From one value to another, both greater than zero.
    pub fn between(from: Decimal, to: Decimal) -> Self {
        let part = to.checked_sub(from).and_then(|difference| difference.abs().checked_div(from));
        part.and_then(|part| part.checked_mul(Decimal::from(10_000))).map_or(Self::Boundless, Self::Bps)
    }

    /// The furthest move from any of these values, or from this value to the following day's, if it exceeds the limit.
    pub fn beyond(limit_bps: i32, value: Decimal, near: &Near) -> Option<Self> {
        let limit = Self::Bps(limit_bps.into());
        // A step that was already too large is not this value's doing.
        let onward = near.onward.filter(|(standing, after)| Self::between(*standing, *after) <= limit);
        let moves = near.values.iter().map(|near| Self::between(*near, value));
        let furthest = moves.chain(onward.map(|(_, after)| Self::between(value, after))).max()?;
        (furthest > limit).then_some(furthest)
    }

    /// Rounded to basis points; `None` if it is too large.
    pub fn bps(self) -> Option<Decimal> {
        match self {
            Self::Bps(bps) => Some(bps.round()),
            Self::Boundless => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use serde_json::json;

    #[test]
    fn an_isin_needs_its_check_digit() {
        for right in ["US0378331005", "US5949181045", "AU0000XVGZA3", "GB0002634946", "DE000BAY0017"] {
            assert_eq!(Isin::from_text(right).unwrap().as_str(), right);
        }
        for wrong in [
            "US0378331006",
            "us0378331005",
            "US037833100",
            "US03783310055",
            "0S0378331005",
            "",
            "ÜS037833100",
        ] {
            assert!(Isin::from_text(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn equal_questions_are_one_filter() {
        let text = |given: &str| SearchText::from_text(given).unwrap();
        assert_eq!(text("  Short \t Treasury "), text("short treasury"));
        assert_eq!(text("\u{feff}Zu\u{308}rich\u{200b}"), text("zürich"));
        assert_eq!(not_negative("1000000.00"), not_negative("1000000"));
        assert_eq!(not_negative("-0"), not_negative("0"));
        let json = |amount: &str| {
            let filter =
                FundFilter { min_subscription_max: not_negative(amount).ok(), ..FundFilter::default() };
            serde_json::to_string(&filter).unwrap()
        };
        assert_eq!(json("0.10"), json("0.1"));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for wrong in ["", " ", "\u{7}", "\u{200b}", "a\u{202e}b", &"x".repeat(101)] {
            assert!(SearchText::from_text(wrong).is_err(), "{wrong:?}");
        }
        for wrong in ["", "0", "-1", "+1", "1.0", "9223372036854775808"] {
            assert!(chain_id(wrong).is_err(), "{wrong}");
        }
        assert_eq!(chain_id("31337"), Ok(31337));
        assert!(not_negative("-0.01").is_err());
        assert!(Strategy::from_text("Treasury").is_err());
    }

    #[test]
    fn a_nav_is_neither_early_nor_late_nor_worthless() {
        let now = crate::time::parse_rfc3339("2026-06-15T09:00:00Z").unwrap();
        let launched = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
        let read = |date: &str, value: &str| {
            let json = json!({"nav_date": date, "nav_per_share": value});
            NavPublication::read(Object::root(&json).unwrap(), now)
        };
        assert!(read("2026-06-15", "101.25").unwrap().check_date(launched, now).is_ok());
        assert!(read("2026-06-16", "101.25").is_err() && read("2026-06-15", "0").is_err());
        assert!(read("2026-05-31", "1").unwrap().check_date(launched, now).is_err());
        let old = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        assert!(read("2026-05-15", "1").unwrap().check_date(old, now).is_ok());
        assert!(read("2026-05-14", "1").unwrap().check_date(old, now).is_err());
    }

    #[test]
    fn a_correction_names_what_it_replaces_and_why_and_may_come_late() {
        let now = crate::time::parse_rfc3339("2026-06-15T09:00:00Z").unwrap();
        let launched = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        let read = |more: serde_json::Value| {
            let mut body = json!({"nav_date": "2026-01-05", "nav_per_share": "1"});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            NavPublication::read(Object::root(&body).unwrap(), now)
        };
        let pointers = |more| match read(more) {
            Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let id = "0198c004-0000-7000-8000-000000000001";
        let correction = read(json!({"replaces": id, "reason": " a typing error "})).unwrap();
        assert_eq!(
            correction.corrects.as_ref().map(|corrects| corrects.reason.as_str()),
            Some("a typing error")
        );
        assert!(correction.check_date(launched, now).is_ok());
        assert!(read(json!({})).unwrap().check_date(launched, now).is_err());
        assert_eq!(pointers(json!({"replaces": id})), ["/reason"]);
        assert_eq!(pointers(json!({"reason": "why"})), ["/reason"]);
        assert_eq!(pointers(json!({"replaces": "x", "reason": ""})), ["/replaces", "/reason"]);
    }

    #[test]
    fn a_move_is_measured_from_all_that_a_value_has_to_be_near_to() {
        let value = |text: &str| Decimal::from_text(text).unwrap();
        let beyond = |limit, to: &str, near: &[&str]| {
            let values = near.iter().map(|near| value(near)).collect();
            Move::beyond(limit, value(to), &Near { values, onward: None })
        };
        assert_eq!(beyond(1000, "110", &["100"]), None, "just the limit");
        assert_eq!(beyond(1000, "110.01", &["100"]).and_then(Move::bps), Some(Decimal::from(1001)));
        assert_eq!(beyond(1000, "89.99", &["100"]).and_then(Move::bps), Some(Decimal::from(1001)));
        assert_eq!(beyond(1000, "109", &["105", "99"]).and_then(Move::bps), Some(Decimal::from(1010)));
        assert_eq!(beyond(1000, "10000", &[]), None, "nothing to be near to");
        assert_eq!(beyond(0, "100.0000000001", &["100"]).and_then(Move::bps), Some(Decimal::ZERO));
        assert_eq!(beyond(0, "100", &["100.0"]), None);
        assert_eq!(beyond(1000, "999999999999999999.9999999999", &["0.0000000001"]), Some(Move::Boundless));
    }

    #[test]
    fn a_value_makes_no_jump_of_the_step_to_the_day_after_but_is_not_to_blame_for_one_that_was() {
        let value = |text: &str| Decimal::from_text(text).unwrap();
        let beyond = |to: &str, (standing, after): (&str, &str)| {
            let near = Near { values: vec![value("100")], onward: Some((value(standing), value(after))) };
            Move::beyond(1000, value(to), &near).and_then(Move::bps)
        };
        // 109, from which the next day became 119, is put back to 100; and a gap is filled with too low a value.
        assert_eq!(beyond("100", ("109", "119")), Some(Decimal::from(1900)));
        assert_eq!(beyond("91", ("100", "109")), Some(Decimal::from(1978)));
        assert_eq!(beyond("105", ("100", "109")), None);
        // Somebody has approved the next day's 150.
        assert_eq!(beyond("101", ("100", "150")), None);
    }

    #[test]
    fn a_value_is_measured_by_the_days_around_it_and_a_correction_also_by_its_own_day() {
        let value = |text: &str| Decimal::from_text(text).unwrap();
        let (counts, other) = (NavId(Uuid::from_u128(1)), NavId(Uuid::from_u128(2)));
        let publication = |per_share: &str, replaces: Option<NavId>| NavPublication {
            nav_date: NaiveDate::from_ymd_opt(2026, 6, 15).unwrap(),
            per_share: value(per_share),
            corrects: replaces.map(|replaces| NavCorrection { replaces, reason: "a typo".to_owned() }),
        };
        let (before, after) = (Some(value("100")), Some(value("104")));
        let empty = Surroundings { before, after, ..Surroundings::default() };
        let taken =
            Surroundings { current: Some((counts, value("102"))), settled: Some(value("101")), ..empty };

        let first = Near::of(&publication("103", None), &empty).unwrap();
        assert_eq!(first, Near { values: vec![value("100")], onward: before.zip(after) });
        let earliest = Near::of(&publication("103", None), &Surroundings { before: None, ..empty }).unwrap();
        assert_eq!(earliest, Near { values: vec![value("104")], onward: None });
        let only = Near::of(&publication("103", None), &Surroundings::default()).unwrap();
        assert_eq!(only, Near::default());

        let correction = Near::of(&publication("103", Some(counts)), &taken).unwrap();
        assert_eq!(correction.values, [value("100"), value("102"), value("101")]);
        assert_eq!(correction.onward, Some((value("102"), value("104"))));

        let code =
            |publication: NavPublication, published: Surroundings| match Near::of(&publication, &published) {
                Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect(),
                Err(error) => error.code().to_owned(),
                Ok(near) => panic!("{near:?}"),
            };
        assert_eq!(code(publication("103", None), taken), "nav_already_published");
        assert_eq!(code(publication("102", Some(counts)), taken), "/nav_per_share");
        assert_eq!(code(publication("103", Some(other)), taken), "/replaces");
        assert_eq!(code(publication("103", Some(other)), empty), "/replaces");
        let was_replaced = Surroundings { replaces_known: true, ..taken };
        assert_eq!(code(publication("103", Some(other)), was_replaced), "nav_replaced");
    }
}
