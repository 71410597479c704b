//! The effect of the order on what is held: minimums, maximums, holders, holding periods.

use rust_decimal::Decimal;

use super::{
    Finding, Scope, Verdict, evidence,
    measure::{TOO_LARGE, measure, measured, order_value, ordered, value, value_by},
};
use crate::{
    compliance::{
        Side,
        clock::Period,
        facts::{ClassStatus, Nav, Register, sorted},
        predicate::HolderCount,
    },
    investor::Kind,
    money::Currency,
};

pub(super) fn class_takes_orders(scope: Scope<'_>) -> Finding {
    let status = scope.facts.share_class.status;
    let takes = match (scope.facts.order.side, status) {
        (Side::Subscribe, ClassStatus::SoftClosed) => scope.facts.held() > Decimal::ZERO,
        (_, ClassStatus::Open)
        | (Side::Receive | Side::Transfer | Side::Redeem, ClassStatus::SoftClosed | ClassStatus::Closed) => {
            true
        }
        _ => false,
    };
    Finding::met_if(takes, format!("the share class is {status}"))
}

/// Shares already held.
#[derive(Clone, Copy)]
pub(super) struct Held {
    units: Decimal,
    currency: Currency,
    nav: Option<Nav>,
}

/// Holdings of the share class, and of the fund's others where these count.
pub(super) fn held(scope: Scope<'_>, in_fund: bool) -> Vec<Held> {
    let class = &scope.facts.share_class;
    let own = Held { units: scope.facts.held(), currency: class.currency, nav: class.nav };
    let others = scope.facts.elsewhere.iter().filter(|_| in_fund);
    let others = others.map(|one| Held { units: one.units, currency: one.currency, nav: one.nav });
    std::iter::once(own).chain(others).collect()
}

/// Whether an order, together with the holdings that count, is worth enough.
pub(super) fn worth_at_least(
    scope: Scope<'_>,
    currency: Currency,
    (natural, legal): (Decimal, Decimal),
    counted: &[Held],
) -> Finding {
    let least = match scope.facts.investor.kind {
        Kind::Natural => natural,
        Kind::Legal => legal,
    };
    let theirs = scope.facts.share_class.currency;
    if theirs != currency {
        return Finding::doubtful(format!("an order in {theirs} has to be compared with {least} {currency}"));
    }
    let ordered = match order_value(scope) {
        Ok(ordered) => ordered,
        Err(finding) => return finding,
    };
    // If the order suffices by itself, the holdings need no value.
    if ordered >= least || counted.is_empty() {
        return Finding::met_if(
            ordered >= least,
            format!("the order of {ordered} against {least} {currency}"),
        );
    }
    let (mut worth, mut unknown) = (Decimal::ZERO, None);
    for held in counted {
        if held.currency != currency && !held.units.is_zero() {
            let theirs = held.currency;
            unknown = Some(Finding::doubtful(format!(
                "what is held in {theirs} has to be compared with {least} {currency}"
            )));
            continue;
        }
        match value_by(scope, held.units, held.nav) {
            Ok(value) => worth = worth.saturating_add(value),
            Err(finding) => unknown = Some(finding),
        }
    }
    let reached = worth.saturating_add(ordered) >= least;
    if let Some(finding) = unknown.filter(|_| !reached) {
        return finding;
    }
    let worth = worth.normalize();
    Finding::met_if(reached, format!("the order of {ordered} with {worth} held against {least} {currency}"))
}

pub(super) fn minimum_subscription(
    scope: Scope<'_>,
    first: Option<Decimal>,
    further: Option<Decimal>,
) -> Finding {
    if scope.facts.order.side != Side::Subscribe {
        return Finding::met("nothing is subscribed");
    }
    let class = &scope.facts.share_class;
    let (which, least) = if scope.facts.held() > Decimal::ZERO {
        ("further", further.unwrap_or(class.min_further_subscription))
    } else {
        ("first", first.unwrap_or(class.min_first_subscription))
    };
    let least = least.normalize();
    match order_value(scope) {
        Ok(ordered) => Finding::met_if(
            ordered >= least,
            format!("a {which} subscription is at least {least} {}", class.currency),
        ),
        Err(finding) => finding,
    }
}

pub(super) fn maximum_holding(
    scope: Scope<'_>,
    amount: Option<Decimal>,
    percent: Option<Decimal>,
) -> Finding {
    if !scope.facts.order.side.adds() {
        return Finding::met("the investor holds less afterwards");
    }
    let amount = amount.map(|most| within_amount(scope, most));
    let percent = percent.map(|most| within_share(scope, most));
    let worst = amount.into_iter().chain(percent).max_by_key(|finding| finding.verdict);
    worst.unwrap_or_else(|| Finding::met("no maximum is set"))
}

/// Whether the holding afterwards is worth at most this much.
fn within_amount(scope: Scope<'_>, most: Decimal) -> Finding {
    let currency = scope.facts.share_class.currency;
    let worth = order_value(scope).and_then(|ordered| Ok((ordered, value(scope, scope.facts.held())?)));
    match worth {
        Ok((ordered, held)) => {
            let after = held.saturating_add(ordered).normalize();
            Finding::met_if(after <= most, format!("would hold {after} of at most {most} {currency}"))
        }
        Err(finding) => finding,
    }
}

/// Whether it is at most this part of the share class. A subscription adds to the shares of the share class; receiving takes from
/// those that exist.
fn within_share(scope: Scope<'_>, most: Decimal) -> Finding {
    let Some(Register { class_units, .. }) = scope.facts.register else {
        return Finding::missing("the register of holders is not at hand");
    };
    let subscribes = scope.facts.order.side == Side::Subscribe;
    if subscribes && class_units <= scope.facts.held() {
        return Finding::met("nobody else holds the share class");
    }
    let change = ordered(scope);
    let both = measured(scope, scope.facts.held())
        .and_then(|held| Ok((held.saturating_add(change), measured(scope, class_units)?)));
    match both {
        Ok((after, total)) => {
            let made = if subscribes { change } else { Decimal::ZERO };
            compare_shares(after, total.saturating_add(made), most, true)
        }
        Err(finding) => finding,
    }
}

/// Whether `part` of `whole` is below `percent`, or at most equal to it if `inclusive`.
fn compare_shares(part: Decimal, whole: Decimal, percent: Decimal, inclusive: bool) -> Finding {
    let sides = part.checked_mul(Decimal::ONE_HUNDRED).zip(whole.checked_mul(percent));
    let Some((part_hundredfold, allowed)) = sides else {
        return Finding::doubtful(TOO_LARGE);
    };
    let fits = part_hundredfold < allowed || (inclusive && part_hundredfold == allowed);
    let (part, whole) = (part.normalize(), whole.normalize());
    Finding::met_if(fits, format!("{part} of {whole} against {percent} %"))
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
        HolderCount::IssuerPurchasersNotAccredited => {
            (register.issuer_purchasers_not_accredited, register.is_issuer_purchaser)
        }
    };
    let of_the_not_accredited =
        matches!(counts, HolderCount::ClassNotAccredited | HolderCount::IssuerPurchasersNotAccredited);
    if of_the_not_accredited && evidence::accredited(scope) {
        return Finding::met("accredited investors are not counted");
    }
    if is_one || !scope.facts.order.side.adds() {
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

/// The finding on a number of holders, and on those behind organisations that hold a tenth or more: at present of any share class
/// of the fund, or afterwards of this one.
pub(super) fn looking_through(scope: Scope<'_>, counted: Finding) -> Finding {
    if !scope.facts.order.side.adds() {
        return counted;
    }
    let large = scope.facts.register.map_or(0, |register| register.fund_large_organisations);
    let behind = if large > 0 {
        Finding::doubtful(format!(
            "organisations that hold 10 % or more of a share class: {large}; of those that are funds, the holders count"
        ))
    } else {
        large_afterwards(scope)
    };
    // Whoever is one too many is so whoever stands behind others.
    if behind.verdict > counted.verdict { behind } else { counted }
}

/// Whether the investor is an organisation that holds a tenth or more of the share class afterwards.
fn large_afterwards(scope: Scope<'_>) -> Finding {
    let Some(Register { class_units, .. }) = scope.facts.register else {
        return Finding::missing("the register of holders is not at hand");
    };
    if scope.facts.investor.kind != Kind::Legal {
        return Finding::met("a natural person has no holders");
    }
    let change = ordered(scope);
    let both = measured(scope, scope.facts.held())
        .and_then(|held| Ok((held.saturating_add(change), measured(scope, class_units)?)));
    let made = if scope.facts.order.side == Side::Subscribe { change } else { Decimal::ZERO };
    match both.map(|(after, total)| compare_shares(after, total.saturating_add(made), Decimal::TEN, false)) {
        Ok(share) if share.verdict == Verdict::Unmet => Finding::doubtful(format!(
            "an organisation would hold {}: if it is a fund, its holders count",
            share.reason
        )),
        Ok(share) | Err(share) => share,
    }
}

pub(super) fn holding_period(scope: Scope<'_>, period: Period) -> Finding {
    if scope.facts.lots.is_empty() {
        return Finding::missing("no lot is recorded");
    }
    let (mut free, mut bound) = (Decimal::ZERO, None);
    for lot in sorted(&scope.facts.lots) {
        let free_from = period.end(lot.acquired_at);
        if !scope.clock.reached(free_from) {
            bound = Some((lot.acquired_at.date_naive(), free_from));
            break;
        }
        free = free.saturating_add(lot.units);
    }
    let wanted = ordered(scope);
    match (measured(scope, free), bound) {
        (Ok(covered), _) if covered >= wanted => {
            Finding::met(format!("{covered} {} are free of {wanted}", measure(scope)))
        }
        (Ok(covered), None) => Finding::unmet(format!("{covered} {} are free of {wanted}", measure(scope))),
        (Ok(_), Some((bought, free_from))) => {
            let until = free_from.map_or_else(String::new, |at| format!(" until {}", at.date_naive()));
            Finding::unmet(format!("the lot of {bought} has to be held{until}"))
        }
        // Without a value nobody knows how many shares the order takes; if all of them are free, it does not matter.
        (Err(_), None) => Finding::met("all that is held is free"),
        (Err(finding), Some(_)) => finding,
    }
}

pub(super) fn holds_enough(scope: Scope<'_>) -> Finding {
    let ordered = ordered(scope);
    match measured(scope, scope.facts.held()) {
        Ok(held) => {
            Finding::met_if(held >= ordered, format!("holds {} {}", held.normalize(), measure(scope)))
        }
        Err(finding) => finding,
    }
}

pub(super) fn benefit_plans_below(scope: Scope<'_>, percent: Decimal) -> Finding {
    let Some(register) = scope.facts.register else {
        return Finding::missing("the register of holders is not at hand");
    };
    let plans = register.class_units_benefit_plans;
    let plan = scope.facts.investor.benefit_plan;
    // Whoever manages the fund and is not a plan is excluded from the whole, so what they buy is not part of it either.
    let manager = register.is_manager && !plan;
    match (scope.facts.order.side, plan) {
        (Side::Subscribe, false) => return Finding::met("the investor is no benefit plan"),
        (Side::Receive, false) if !manager => return Finding::met("the investor is no benefit plan"),
        (Side::Transfer, _) => return Finding::met("whoever takes the shares over is asked themselves"),
        (Side::Redeem, true) => return Finding::met("benefit plans hold less afterwards"),
        (Side::Redeem, false) if manager => {
            return Finding::met("holdings of who manages the fund are not counted");
        }
        (Side::Receive | Side::Redeem, false) if plans.is_zero() => {
            return Finding::met("no benefit plan holds the share class");
        }
        _ => {}
    }
    let counted = register.class_units.saturating_sub(register.class_units_of_managers);
    let (whole, part) = match (measured(scope, counted), measured(scope, plans)) {
        (Ok(whole), Ok(part)) => (whole, part),
        (Err(finding), _) | (_, Err(finding)) => return finding,
    };
    let change = ordered(scope);
    let (part, whole) = match (scope.facts.order.side, plan) {
        (Side::Subscribe, _) => (part.saturating_add(change), whole.saturating_add(change)),
        // The giver is unknown: assumed not to be a plan, which errs on the safe side of the limit.
        (Side::Receive, true) => (part.saturating_add(change), whole),
        _ => (part, whole.saturating_sub(change)),
    };
    compare_shares(part, whole, percent, false)
}
