//! What the order does to what is held: minimums, maximums, holders, holding periods.

use rust_decimal::Decimal;

use super::{Finding, Scope};
use crate::{
    compliance::{
        Side,
        clock::{Period, end_of},
        facts::{ClassStatus, Register, sorted},
        predicate::HolderCount,
    },
    investor::{ClassificationKind, Kind},
    money::Currency,
};

pub(super) fn class_takes_orders(scope: Scope<'_>) -> Finding {
    let status = scope.facts.share_class.status;
    let takes = match (scope.facts.order.side, status) {
        (Side::Subscribe, ClassStatus::SoftClosed) => scope.facts.held() > Decimal::ZERO,
        (_, ClassStatus::Open)
        | (Side::Transfer | Side::Redeem, ClassStatus::SoftClosed | ClassStatus::Closed) => true,
        _ => false,
    };
    Finding::met_if(takes, format!("the share class is {status}"))
}

pub(super) fn order_at_least(
    scope: Scope<'_>,
    currency: Currency,
    natural: Decimal,
    legal: Decimal,
) -> Finding {
    let ordered = scope.facts.order.amount;
    let least = match scope.facts.investor.kind {
        Kind::Natural => natural,
        Kind::Legal => legal,
    };
    if ordered.currency != currency {
        let theirs = ordered.currency;
        return Finding::doubtful(format!("an order in {theirs} has to be compared with {least} {currency}"));
    }
    Finding::met_if(
        ordered.value >= least,
        format!("the order of {} against {least} {currency}", ordered.value),
    )
}

pub(super) fn minimum_subscription(
    scope: Scope<'_>,
    first: Option<Decimal>,
    further: Option<Decimal>,
) -> Finding {
    let class = &scope.facts.share_class;
    let (which, least) = if scope.facts.held() > Decimal::ZERO {
        ("further", further.unwrap_or(class.min_further_subscription))
    } else {
        ("first", first.unwrap_or(class.min_first_subscription))
    };
    let ordered = scope.facts.order.amount;
    let least = least.normalize();
    Finding::met_if(
        ordered.value >= least,
        format!("a {which} subscription is at least {least} {}", class.currency),
    )
}

pub(super) fn maximum_holding(
    scope: Scope<'_>,
    amount: Option<Decimal>,
    percent: Option<Decimal>,
) -> Finding {
    let (held, total) = (scope.facts.held(), scope.facts.register.map(|register| register.class_amount));
    let change = change(scope);
    let after = held.saturating_add(change);
    let currency = scope.facts.share_class.currency;
    if let Some(most) = amount
        && after > most
    {
        return Finding::unmet(format!("would hold {} of at most {most} {currency}", after.normalize()));
    }
    let Some(most) = percent else {
        return Finding::met(format!("would hold {} {currency}", after.normalize()));
    };
    let Some(total) = total else { return Finding::missing("the register of holders is not at hand") };
    if total <= held {
        return Finding::met("nobody else holds the share class");
    }
    compare_shares(after, total.saturating_add(change), most, true)
}

/// Whether `part` of `whole` is below `percent`, or at most that when `inclusive`.
fn compare_shares(part: Decimal, whole: Decimal, percent: Decimal, inclusive: bool) -> Finding {
    let sides = part.checked_mul(Decimal::ONE_HUNDRED).zip(whole.checked_mul(percent));
    let Some((part_hundredfold, allowed)) = sides else {
        return Finding::doubtful("the amounts are too large to be compared");
    };
    let fits = part_hundredfold < allowed || (inclusive && part_hundredfold == allowed);
    let (part, whole) = (part.normalize(), whole.normalize());
    Finding::met_if(fits, format!("{part} of {whole} against {percent} %"))
}

/// By how much the order changes what the investor holds.
fn change(scope: Scope<'_>) -> Decimal {
    let amount = scope.facts.order.amount.value;
    match scope.facts.order.side {
        Side::Subscribe => amount,
        Side::Transfer | Side::Redeem => -amount,
    }
}

pub(super) fn holder_limit(scope: Scope<'_>, counts: HolderCount, limit: u32, warn_from: u32) -> Finding {
    let Some(register) = scope.facts.register else {
        return Finding::missing("the register of holders is not at hand");
    };
    let holds_class = scope.facts.held() > Decimal::ZERO;
    let (holders, is_one) = match counts {
        HolderCount::Fund => (register.fund_holders, register.holds_fund || holds_class),
        HolderCount::Class => (register.class_holders, holds_class),
        HolderCount::ClassNotAccredited => (register.class_holders_not_accredited, holds_class),
    };
    if counts == HolderCount::ClassNotAccredited && accredited(scope) {
        return Finding::met("accredited investors are not counted");
    }
    if is_one || scope.facts.order.side != Side::Subscribe {
        return Finding::met(format!("adds nobody to {holders} holders"));
    }
    let after = holders.saturating_add(1);
    if after > limit {
        Finding::unmet(format!("would be holder {after} of at most {limit}"))
    } else if after >= warn_from {
        Finding::doubtful(format!("would be holder {after} of at most {limit}"))
    } else {
        Finding::met(format!("holder {after} of at most {limit}"))
    }
}

/// As the register counts: by a classification that has not expired, however old.
fn accredited(scope: Scope<'_>) -> bool {
    scope.facts.investor.classifications.iter().any(|one| {
        one.kind == ClassificationKind::UsAccredited
            && !one.expires_on.is_some_and(|day| scope.clock.reached(end_of(day)))
    })
}

pub(super) fn holding_period(scope: Scope<'_>, period: Period) -> Finding {
    if scope.facts.lots.is_empty() {
        return Finding::missing("no lot is recorded");
    }
    let wanted = scope.facts.order.amount.value;
    let mut covered = Decimal::ZERO;
    for lot in sorted(&scope.facts.lots) {
        if covered >= wanted {
            break;
        }
        let free_from = period.end(lot.acquired_at);
        if !scope.clock.reached(free_from) {
            let until = free_from.map_or_else(String::new, |at| format!(" until {}", at.date_naive()));
            let bought = lot.acquired_at.date_naive();
            return Finding::unmet(format!("the lot of {bought} has to be held{until}"));
        }
        covered = covered.saturating_add(lot.amount);
    }
    Finding::met_if(covered >= wanted, format!("{} is free of {wanted}", covered.normalize()))
}

pub(super) fn holds_enough(scope: Scope<'_>) -> Finding {
    let (held, ordered) = (scope.facts.held().normalize(), scope.facts.order.amount);
    Finding::met_if(held >= ordered.value, format!("holds {held} {}", ordered.currency))
}

pub(super) fn benefit_plans_below(scope: Scope<'_>, percent: Decimal) -> Finding {
    let Some(Register { class_amount, class_amount_benefit_plans, .. }) = scope.facts.register else {
        return Finding::missing("the register of holders is not at hand");
    };
    let (side, change) = (scope.facts.order.side, change(scope));
    let plan = scope.facts.investor.benefit_plan;
    if !plan && side == Side::Subscribe {
        return Finding::met("the investor is no benefit plan");
    }
    // Shares that change hands stay in the class; only who holds them changes.
    let whole = if side == Side::Transfer { class_amount } else { class_amount.saturating_add(change) };
    let part =
        if plan { class_amount_benefit_plans.saturating_add(change) } else { class_amount_benefit_plans };
    if part <= Decimal::ZERO {
        return Finding::met("no benefit plan holds the share class");
    }
    compare_shares(part, whole, percent, false)
}
