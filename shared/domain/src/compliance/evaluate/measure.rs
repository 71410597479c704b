//! Holdings and orders in one measure.
//!
//! A holding is in shares; an order is in shares or money. They are compared as shares if the order is in shares, and otherwise
//! as money at the current net asset value: never at what was once paid. If something must be valued and there is no value, or an
//! old one, manual review decides.

use chrono::{Days, NaiveTime};
use rust_decimal::Decimal;

use super::{Finding, Scope};
use crate::compliance::facts::{Nav, Quantity};

/// Quantity of an order, in the measure in which it is given.
pub(super) fn ordered(scope: Scope<'_>) -> Decimal {
    match scope.facts.order.quantity {
        Quantity::Amount(money) => money.value,
        Quantity::Units(units) => units,
    }
}

/// Name of that measure.
pub(super) fn measure(scope: Scope<'_>) -> &'static str {
    match scope.facts.order.quantity {
        Quantity::Amount(money) => money.currency.code(),
        Quantity::Units(_) => "shares",
    }
}

/// Shares in the measure of the order.
///
/// # Errors
/// A doubtful finding if they would have to be valued and cannot be.
pub(super) fn measured(scope: Scope<'_>, units: Decimal) -> Result<Decimal, Finding> {
    match scope.facts.order.quantity {
        Quantity::Amount(_) => value(scope, units),
        Quantity::Units(_) => Ok(units),
    }
}

/// Value of the order in the currency of the share class.
///
/// # Errors
/// A doubtful finding if it would have to be valued and cannot be.
pub(super) fn order_value(scope: Scope<'_>) -> Result<Decimal, Finding> {
    match scope.facts.order.quantity {
        Quantity::Amount(money) => Ok(money.value),
        Quantity::Units(units) => value(scope, units),
    }
}

/// Value of a number of shares in the currency of the share class.
///
/// # Errors
/// A doubtful finding if there is no current value.
pub(super) fn value(scope: Scope<'_>, units: Decimal) -> Result<Decimal, Finding> {
    value_by(scope, units, scope.facts.share_class.nav)
}

/// Value of a number of shares of any share class at its net asset value, in its currency.
///
/// # Errors
/// A doubtful finding if there is no current value.
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

/// Why amounts that no decimal can hold are not compared.
pub(super) const TOO_LARGE: &str = "the amounts are too large to be compared";
