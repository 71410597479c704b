//! Holdings and orders in one measure.
//!
//! What somebody holds is shares; an order is shares or money. They are compared as shares where the order is in shares, else
//! as money at the net asset value in force: never at what was once paid. Where something has to be valued and there is no
//! value, or an old one, a person decides.

use chrono::{Days, NaiveTime};
use rust_decimal::Decimal;

use super::{Finding, Scope};
use crate::compliance::facts::{Nav, Quantity};

/// What an order is for, in the measure that it is given in.
pub(super) fn ordered(scope: Scope<'_>) -> Decimal {
    match scope.facts.order.quantity {
        Quantity::Amount(money) => money.value,
        Quantity::Units(units) => units,
    }
}

/// The name of that measure.
pub(super) fn measure(scope: Scope<'_>) -> &'static str {
    match scope.facts.order.quantity {
        Quantity::Amount(money) => money.currency.code(),
        Quantity::Units(_) => "shares",
    }
}

/// Shares in the measure of the order.
///
/// # Errors
/// A finding for a person, where they would have to be valued and cannot be.
pub(super) fn measured(scope: Scope<'_>, units: Decimal) -> Result<Decimal, Finding> {
    match scope.facts.order.quantity {
        Quantity::Amount(_) => value(scope, units),
        Quantity::Units(_) => Ok(units),
    }
}

/// What the order is worth, in the currency of the class.
///
/// # Errors
/// A finding for a person, where it would have to be valued and cannot be.
pub(super) fn order_value(scope: Scope<'_>) -> Result<Decimal, Finding> {
    match scope.facts.order.quantity {
        Quantity::Amount(money) => Ok(money.value),
        Quantity::Units(units) => value(scope, units),
    }
}

/// What so many shares are worth, in the currency of the class.
///
/// # Errors
/// A finding for a person, where there is no value in force.
pub(super) fn value(scope: Scope<'_>, units: Decimal) -> Result<Decimal, Finding> {
    value_by(scope, units, scope.facts.share_class.nav)
}

/// What so many shares are worth by a value of whatever class, in the currency of that.
///
/// # Errors
/// A finding for a person, where there is no value in force.
pub(super) fn value_by(scope: Scope<'_>, units: Decimal, nav: Option<Nav>) -> Result<Decimal, Finding> {
    if units.is_zero() {
        return Ok(Decimal::ZERO);
    }
    let Nav { per_share, nav_date, max_age_days } =
        nav.ok_or_else(|| Finding::doubtful("the share class has no net asset value to measure by"))?;
    let over = nav_date.and_time(NaiveTime::MIN).and_utc().checked_add_days(Days::new(max_age_days.into()));
    if scope.clock.reached(over) {
        let why = format!("the net asset value of {nav_date} is {max_age_days} days old or more");
        return Err(Finding::doubtful(why));
    }
    let value = units.checked_mul(per_share).ok_or_else(|| Finding::doubtful(TOO_LARGE))?;
    Ok(value.normalize())
}

/// Why amounts are not compared that no decimal can hold.
pub(super) const TOO_LARGE: &str = "the amounts are too large to be compared";
