//! Dealing terms of a share class: by which calendar and until when orders are taken, what limits them, and how they are rounded.
//!
//! A prospectus may say otherwise on every one of these, so all of them are terms of the class. What is left out has the value of
//! [`Dealing::default`].

use std::collections::BTreeSet;

use chrono::{NaiveTime, Timelike as _};
use serde::{Deserialize, Serialize};

use crate::{
    input::{FromText, Object, number_between},
    words::words,
};

words! {
    /// What the days of a notice period are.
    NoticeUnit {
        /// Dealing days of the calendar of the class.
        BusinessDays = "business_days",
        /// All days.
        CalendarDays = "calendar_days",
    }
}

words! {
    /// What the capacity of a gate is a part of.
    GateBase {
        /// The net assets of the class.
        NetAssets = "net_assets",
        /// The shares in issue.
        Shares = "shares",
    }
}

words! {
    /// Which redemptions count against a gate.
    GateFlow {
        /// Redemptions less subscriptions of the same dealing day.
        Net = "net",
        /// All redemptions.
        Gross = "gross",
    }
}

words! {
    /// How a number with too many decimal places is rounded.
    RoundingRule {
        /// Towards zero, which favours those who stay in the fund.
        Down = "down",
        /// To the nearest, halves away from zero.
        HalfUp = "half_up",
    }
}

/// A local time of day, to the minute: `12:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalTime(NaiveTime);

impl LocalTime {
    /// A full hour; midnight for what is none.
    const fn hour(hour: u32) -> Self {
        match NaiveTime::from_hms_opt(hour, 0, 0) {
            Some(time) => Self(time),
            None => Self(NaiveTime::MIN),
        }
    }
}

impl std::fmt::Display for LocalTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl FromText for LocalTime {
    fn from_text(text: &str) -> Result<Self, String> {
        let expected = || "must be a time of day such as 12:00".to_owned();
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        let (hour, minute) = text.split_once(':').ok_or_else(expected)?;
        if !digits(hour) || !digits(minute) {
            return Err(expected());
        }
        let (hour, minute) = (hour.parse().map_err(|_| expected())?, minute.parse().map_err(|_| expected())?);
        NaiveTime::from_hms_opt(hour, minute, 0).map(Self).ok_or_else(expected)
    }
}

impl Serialize for LocalTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LocalTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).map_err(serde::de::Error::custom)
    }
}

/// How long before the dealing day an order must be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notice {
    /// Days for a subscription.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 366))]
    pub subscription_days: i32,
    /// Days for a redemption.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 366))]
    pub redemption_days: i32,
    /// What these days are.
    pub unit: NoticeUnit,
}

impl Default for Notice {
    fn default() -> Self {
        Self { subscription_days: 0, redemption_days: 0, unit: NoticeUnit::BusinessDays }
    }
}

/// The most that is redeemed on one dealing day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Gate {
    /// Capacity in basis points of `of`.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10000, example = 1000))]
    pub capacity_bps: i32,
    /// What it is a part of; `net_assets` by default.
    #[serde(default = "Gate::net_assets")]
    pub of: GateBase,
    /// Which redemptions count; `net` by default.
    #[serde(default = "Gate::net")]
    pub flow: GateFlow,
    /// Whether orders carried over from an earlier dealing day come before new ones; they do not by default.
    #[serde(default)]
    pub carried_first: bool,
}

impl Gate {
    const fn net_assets() -> GateBase {
        GateBase::NetAssets
    }

    const fn net() -> GateFlow {
        GateFlow::Net
    }

    fn read(object: &mut Object<'_>) -> Option<Self> {
        let capacity_bps = object.required_as("capacity_bps", number_between(1, 10_000));
        let of = object.optional("of").unwrap_or(Self::net_assets());
        let flow = object.optional("flow").unwrap_or(Self::net());
        let carried_first = object.optional("carried_first").unwrap_or(false);
        Some(Self { capacity_bps: capacity_bps?, of, flow, carried_first })
    }
}

/// Business days from the dealing day to settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettlementDays {
    /// For a subscription.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 60))]
    pub subscription: i32,
    /// For a redemption.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 60))]
    pub redemption: i32,
}

impl Default for SettlementDays {
    fn default() -> Self {
        Self { subscription: 2, redemption: 2 }
    }
}

/// How shares and money are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rounding {
    /// Shares issued, at the `decimals` of the class.
    pub shares: RoundingRule,
    /// Money paid out, at the decimal places of the currency.
    pub money: RoundingRule,
}

impl Default for Rounding {
    fn default() -> Self {
        Self { shares: RoundingRule::Down, money: RoundingRule::Down }
    }
}

/// Swing pricing: when net flows exceed a threshold, the net asset value of the dealing day moves against them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Swing {
    /// Net flow in basis points of the net assets from which the value swings; 0 means always (full swing).
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 300))]
    pub threshold_bps: i32,
    /// How far it swings, in basis points of the net asset value.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000, example = 50))]
    pub factor_bps: i32,
}

impl Swing {
    fn read(object: &mut Object<'_>) -> Option<Self> {
        let threshold_bps = object.required_as("threshold_bps", number_between(0, 10_000));
        let factor_bps = object.required_as("factor_bps", number_between(1, 1000));
        Some(Self { threshold_bps: threshold_bps?, factor_bps: factor_bps? })
    }
}

/// Dealing terms of a share class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dealing {
    /// Code of the calendar whose business days are dealing days.
    #[cfg_attr(feature = "openapi", schema(example = "TARGET"))]
    pub calendar: String,
    /// IANA time zone of the times of day here.
    #[cfg_attr(feature = "openapi", schema(example = "Europe/Luxembourg"))]
    pub time_zone: String,
    /// Orders received before this time of day count for the dealing day.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "12:00"))]
    pub cut_off: LocalTime,
    /// Time of day whose prices the net asset value is computed from.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "17:00"))]
    pub valuation_point: LocalTime,
    /// Notice periods.
    pub notice: Notice,
    /// Months for which shares cannot be redeemed after their purchase; 0 for none.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 240))]
    pub lock_up_months: i32,
    /// Limit to redemptions on one dealing day; null for none.
    pub gate: Option<Gate>,
    /// Days until settlement.
    pub settlement_days: SettlementDays,
    /// Rounding.
    pub rounding: Rounding,
    /// Swing pricing; null for none.
    pub swing: Option<Swing>,
}

impl Default for Dealing {
    fn default() -> Self {
        Self {
            calendar: "TARGET".to_owned(),
            time_zone: "Europe/Luxembourg".to_owned(),
            cut_off: LocalTime::hour(12),
            valuation_point: LocalTime::hour(17),
            notice: Notice::default(),
            lock_up_months: 0,
            gate: None,
            settlement_days: SettlementDays::default(),
            rounding: Rounding::default(),
            swing: None,
        }
    }
}

/// What terms may refer to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Codes of rule sets.
    pub rule_sets: BTreeSet<String>,
    /// Codes of dealing calendars.
    pub calendars: BTreeSet<String>,
    /// IANA time zones.
    pub time_zones: BTreeSet<String>,
}

impl Dealing {
    /// Reads dealing terms; what is left out has its default.
    pub(super) fn read(object: &mut Object<'_>, known: &Known) -> Self {
        let default = Self::default();
        let calendar = object.optional_as("calendar", one_of(&known.calendars, "a dealing calendar"));
        let time_zone = object.optional_as("time_zone", one_of(&known.time_zones, "an IANA time zone"));
        Self {
            calendar: calendar.unwrap_or(default.calendar),
            time_zone: time_zone.unwrap_or(default.time_zone),
            cut_off: object.optional("cut_off").unwrap_or(default.cut_off),
            valuation_point: object.optional("valuation_point").unwrap_or(default.valuation_point),
            notice: object.optional_object("notice", |object| Some(Notice::read(object))).unwrap_or_default(),
            lock_up_months: object.optional_as("lock_up_months", number_between(0, 240)).unwrap_or(0),
            gate: object.optional_object("gate", Gate::read),
            settlement_days: object
                .optional_object("settlement_days", |object| Some(SettlementDays::read(object)))
                .unwrap_or_default(),
            rounding: object
                .optional_object("rounding", |object| Some(Rounding::read(object)))
                .unwrap_or_default(),
            swing: object.optional_object("swing", Swing::read),
        }
    }
}

// An invalid value has been complained of by then: the default only stands in for it.
impl Notice {
    fn read(object: &mut Object<'_>) -> Self {
        let default = Self::default();
        let days = number_between(0, 366);
        Self {
            subscription_days: object
                .optional_as("subscription_days", &days)
                .unwrap_or(default.subscription_days),
            redemption_days: object.optional_as("redemption_days", &days).unwrap_or(default.redemption_days),
            unit: object.optional("unit").unwrap_or(default.unit),
        }
    }
}

impl SettlementDays {
    fn read(object: &mut Object<'_>) -> Self {
        let default = Self::default();
        let days = number_between(0, 60);
        Self {
            subscription: object.optional_as("subscription", &days).unwrap_or(default.subscription),
            redemption: object.optional_as("redemption", &days).unwrap_or(default.redemption),
        }
    }
}

impl Rounding {
    fn read(object: &mut Object<'_>) -> Self {
        let default = Self::default();
        Self {
            shares: object.optional("shares").unwrap_or(default.shares),
            money: object.optional("money").unwrap_or(default.money),
        }
    }
}

/// Reads a text that must be among those that are known.
fn one_of(known: &BTreeSet<String>, what: &str) -> impl Fn(&serde_json::Value) -> Result<String, String> {
    move |value| {
        let found = value.as_str().and_then(|text| known.get(text));
        found.cloned().ok_or_else(|| format!("must be {what} that is known here"))
    }
}
