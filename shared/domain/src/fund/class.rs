//! Share classes and their tokens as their issuer writes them.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Dealing, DealingFrequency, DistributionPolicy, FundStatus, Isin, Known, not_negative};
use crate::{
    Result,
    input::{FromText as _, Object, number_between, text_between},
    money::Currency,
    patch,
    price::Symbol,
    reference::WalletAddress,
    words::words,
};

words! {
    /// Interface of a token contract.
    TokenStandard {
        /// ERC-20.
        Erc20 = "erc20",
        /// ERC-3643: permissioned, with identities.
        Erc3643 = "erc3643",
        /// ERC-4626: a vault with deposits and withdrawals at once.
        Erc4626 = "erc4626",
        /// ERC-7540: a vault with requests that are carried out later.
        Erc7540 = "erc7540",
    }
}

/// Fees of a share class, in basis points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fees {
    /// Per year, of the net assets.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 15))]
    pub management_bps: i32,
    /// Of the gains; 0 by default.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 0))]
    pub performance_bps: i32,
    /// Of the amount subscribed; 0 by default.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 0))]
    pub subscription_bps: i32,
    /// Of the amount redeemed; 0 by default.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 0))]
    pub redemption_bps: i32,
}

impl Fees {
    fn read(object: &mut Object<'_>) -> Option<Self> {
        let bps = number_between(0, 10_000);
        let management_bps = object.required_as("management_bps", &bps);
        let performance_bps = object.optional_as("performance_bps", &bps).unwrap_or(0);
        let subscription_bps = object.optional_as("subscription_bps", &bps).unwrap_or(0);
        let redemption_bps = object.optional_as("redemption_bps", &bps).unwrap_or(0);
        Some(Self { management_bps: management_bps?, performance_bps, subscription_bps, redemption_bps })
    }
}

/// A share class with its terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShareClassEntry {
    /// Name, which no other class of the fund has.
    pub name: String,
    /// Symbol under which it is priced.
    pub symbol: Option<Symbol>,
    /// International Securities Identification Number, if it has one.
    pub isin: Option<Isin>,
    /// Currency of its shares, and of the amounts here.
    pub currency: Currency,
    /// Minimum initial subscription.
    pub min_first_subscription: Decimal,
    /// Minimum subsequent subscription.
    pub min_further_subscription: Decimal,
    /// Fees.
    pub fees: Fees,
    /// Distribution policy.
    pub distribution_policy: DistributionPolicy,
    /// Codes of the rule sets that decide who may hold it; at least one.
    pub rule_sets: Vec<String>,
    /// Launch date, which may be in the future.
    pub launched_on: NaiveDate,
    /// Valuation frequency.
    pub dealing_frequency: DealingFrequency,
    /// How far a net asset value may move without a second person, in basis points.
    pub nav_move_limit_bps: i32,
    /// Decimal places of a number of shares.
    pub decimals: i32,
    /// Dealing terms.
    pub dealing: Dealing,
}

impl ShareClassEntry {
    /// Reads a share class. `known` is what its terms may refer to.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>, known: &Known) -> Result<Self> {
        let name = body.required_as("name", text_between(1, 100));
        let symbol = body.optional::<Symbol>("symbol");
        let isin = body.optional::<Isin>("isin");
        let currency = body.required::<Currency>("currency");
        let min_first_subscription = minimum(&mut body, "min_first_subscription", currency);
        let min_further_subscription = minimum(&mut body, "min_further_subscription", currency);
        let fees = body.required_object("fees", Fees::read);
        let distribution_policy = body.required::<DistributionPolicy>("distribution_policy");
        let rule_sets = rule_sets(&mut body, known);
        let launched_on = body.required::<NaiveDate>("launched_on");
        let dealing_frequency =
            body.optional::<DealingFrequency>("dealing_frequency").unwrap_or(DealingFrequency::Daily);
        let nav_move_limit_bps =
            body.optional_as("nav_move_limit_bps", number_between(0, 10_000)).unwrap_or(1000);
        let decimals = body.optional_as("decimals", number_between(0, 18)).unwrap_or(6);
        let dealing =
            body.optional_object("dealing", |object| Some(Dealing::read(object, known))).unwrap_or_default();
        body.finish(|| {
            Some(Self {
                name: name?,
                symbol,
                isin,
                currency: currency?,
                min_first_subscription: min_first_subscription?,
                min_further_subscription: min_further_subscription?,
                fees: fees?,
                distribution_policy: distribution_policy?,
                rule_sets: rule_sets?,
                launched_on: launched_on?,
                dealing_frequency,
                nav_move_limit_bps,
                decimals,
                dealing,
            })
        })
    }

    /// The class after a JSON Merge Patch. What holdings and prices are counted in is fixed once others have seen the class, and so
    /// is a symbol or ISIN that it has.
    ///
    /// # Errors
    /// As [`Self::read`], and for what cannot be changed.
    pub fn patched(&self, changes: &Value, status: FundStatus, known: &Known) -> Result<Self> {
        let reason = "can only be changed while the share class is a draft";
        let mut fixed = vec![("currency", reason), ("decimals", reason)];
        fixed.extend(self.symbol.as_ref().map(|_| ("symbol", reason)));
        fixed.extend(self.isin.map(|_| ("isin", reason)));
        if status == FundStatus::Draft {
            fixed.clear();
        }
        patch::patched(self, changes, &fixed, |body| Self::read(body, known))
    }
}

/// A minimum: not negative, with no more decimal places than the currency has.
fn minimum(body: &mut Object<'_>, name: &'static str, currency: Option<Currency>) -> Option<Decimal> {
    body.required_as(name, |value| {
        let amount = not_negative(value.as_str().ok_or("must be a string")?)?;
        match currency {
            Some(currency) if amount.scale() > currency.exponent() => {
                let places = currency.exponent();
                Err(format!("must not have more than the {places} decimal places of {currency}"))
            }
            _ => Ok(amount),
        }
    })
}

/// One to twenty codes of rule sets that exist, each once.
fn rule_sets(body: &mut Object<'_>, known: &Known) -> Option<Vec<String>> {
    let codes = body.list::<String>("rule_sets", (1, 20))?;
    let mut seen = BTreeSet::new();
    let mut right = true;
    for (index, code) in codes.iter().enumerate() {
        let wrong = if !known.rule_sets.contains(code) {
            "must be the code of a rule set"
        } else if !seen.insert(code) {
            "is repeated"
        } else {
            continue;
        };
        body.complain_below(&format!("/rule_sets/{index}"), wrong);
        right = false;
    }
    right.then_some(codes)
}

/// A token of a share class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewToken {
    /// EIP-155 id of the chain.
    pub chain_id: i64,
    /// Address of its contract.
    pub address: WalletAddress,
    /// Decimal places.
    pub decimals: i32,
    /// Interface of the contract.
    pub standard: TokenStandard,
}

/// Largest EIP-155 chain id that wallets handle: 2^52 − 20 (EIP-2294 recommends a bound; this is MetaMask's).
const MAX_CHAIN_ID: i64 = 4_503_599_627_370_476;

impl NewToken {
    /// Reads `{chain_id, address, decimals, standard}`.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>) -> Result<Self> {
        let chain_id = body.required_as("chain_id", |value| {
            let id = value.as_i64().filter(|id| (1..=MAX_CHAIN_ID).contains(id));
            id.ok_or_else(|| format!("must be a whole number from 1 to {MAX_CHAIN_ID}"))
        });
        let address = body.required_as("address", |value| {
            let address = WalletAddress::from_text(value.as_str().unwrap_or_default())?;
            if address.0.is_zero() { Err("must not be the zero address".to_owned()) } else { Ok(address) }
        });
        let decimals = body.required_as("decimals", number_between(0, 36));
        let standard = body.optional::<TokenStandard>("standard").unwrap_or(TokenStandard::Erc20);
        body.finish(|| Some(Self { chain_id: chain_id?, address: address?, decimals: decimals?, standard }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Error;

    fn known() -> Known {
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Known {
            rule_sets: set(&["sanctions", "reg-s-1"]),
            calendars: set(&["TARGET", "NYSE"]),
            time_zones: set(&["Europe/Luxembourg", "America/New_York"]),
        }
    }

    fn read(body: &Value) -> Result<ShareClassEntry> {
        ShareClassEntry::read(Object::root(body).unwrap(), &known())
    }

    fn pointers<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
        match result {
            Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn class() -> Value {
        json!({
            "name": "I EUR Acc", "currency": "EUR", "min_first_subscription": "100000.50", "min_further_subscription": "0",
            "fees": {"management_bps": 15}, "distribution_policy": "accumulating", "rule_sets": ["sanctions"],
            "launched_on": "2026-01-05",
        })
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let entry = read(&class()).unwrap();
        assert_eq!((entry.decimals, entry.nav_move_limit_bps), (6, 1000));
        let dealing = serde_json::to_value(&entry.dealing).unwrap();
        assert_eq!(dealing["cut_off"], "12:00");
        assert_eq!(dealing["settlement_days"], json!({"subscription": 2, "redemption": 2}));
        assert_eq!(dealing["gate"], Value::Null);
        assert_eq!(serde_json::from_value::<Dealing>(dealing).unwrap(), entry.dealing);
    }

    #[test]
    fn everything_wrong_with_a_class_is_named_at_once() {
        let wrong = json!({
            "name": "", "symbol": "no symbol", "isin": "US0378331006", "currency": "JPY", "min_first_subscription": "0.5",
            "min_further_subscription": "-1", "fees": {"management_bps": 10001, "other": 1}, "distribution_policy": "x",
            "rule_sets": ["sanctions", "nothing", "sanctions"], "launched_on": "soon", "dealing_frequency": "hourly",
            "nav_move_limit_bps": 1.5, "decimals": 19,
            "dealing": {
                "calendar": "MOON", "time_zone": "Europe/Luxemburg", "cut_off": "24:00", "valuation_point": "9:00",
                "notice": {"redemption_days": -1, "unit": "weeks"}, "lock_up_months": 241, "gate": {"of": "x"},
                "settlement_days": {"subscription": "2"}, "rounding": {"shares": "up"}, "swing": {"threshold_bps": 1, "factor_bps": 0},
            },
            "status": "open",
        });
        let all = [
            "/name",
            "/symbol",
            "/isin",
            "/min_first_subscription",
            "/min_further_subscription",
            "/fees/management_bps",
            "/fees/other",
            "/distribution_policy",
            "/rule_sets/1",
            "/rule_sets/2",
            "/launched_on",
            "/dealing_frequency",
            "/nav_move_limit_bps",
            "/decimals",
            "/dealing/calendar",
            "/dealing/time_zone",
            "/dealing/cut_off",
            "/dealing/valuation_point",
            "/dealing/notice/redemption_days",
            "/dealing/notice/unit",
            "/dealing/lock_up_months",
            "/dealing/gate/capacity_bps",
            "/dealing/gate/of",
            "/dealing/settlement_days/subscription",
            "/dealing/rounding/shares",
            "/dealing/swing/factor_bps",
            "/status",
        ];
        assert_eq!(pointers(read(&wrong)), all);
    }

    #[test]
    fn a_patch_of_terms_leaves_the_others() {
        let entry = read(&class()).unwrap();
        let change = json!({"dealing": {"time_zone": "America/New_York", "gate": {"capacity_bps": 1000}}});
        let changed = entry.patched(&change, FundStatus::Open, &known()).unwrap();
        assert_eq!(changed.dealing.time_zone, "America/New_York");
        assert_eq!(changed.dealing.calendar, "TARGET");
        assert!(changed.dealing.gate.is_some());
        let removed =
            changed.patched(&json!({"dealing": {"gate": null}}), FundStatus::Open, &known()).unwrap();
        assert!(removed.dealing.gate.is_none());
        assert_eq!(changed.patched(&json!({}), FundStatus::Open, &known()).unwrap(), changed);
    }

    #[test]
    fn what_shares_are_counted_in_is_fixed_once_others_have_seen_the_class() {
        let entry = read(&class()).unwrap();
        let change = json!({"currency": "USD", "decimals": 4, "isin": "US0378331005", "symbol": "apl"});
        let changed = entry.patched(&change, FundStatus::Draft, &known()).unwrap();
        assert_eq!(changed.symbol.as_ref().map(Symbol::as_str), Some("APL"));
        assert_eq!(pointers(entry.patched(&change, FundStatus::Open, &known())), ["/currency", "/decimals"]);
        let other = json!({"isin": "US5949181045", "symbol": null});
        assert_eq!(pointers(changed.patched(&other, FundStatus::Open, &known())), ["/symbol", "/isin"]);
    }

    #[test]
    fn a_token_is_at_an_address_with_its_checksum() {
        let read = |body: &Value| NewToken::read(Object::root(body).unwrap());
        // The example of EIP-55.
        let address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        let token = read(&json!({"chain_id": 1, "address": address, "decimals": 18})).unwrap();
        assert_eq!((token.address.to_string().as_str(), token.standard), (address, TokenStandard::Erc20));
        let wrong = json!({"chain_id": 0, "address": "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "decimals": 37, "standard": "erc721"});
        assert_eq!(pointers(read(&wrong)), ["/chain_id", "/address", "/decimals", "/standard"]);
        let zero = format!("0x{}", "0".repeat(40));
        assert_eq!(pointers(read(&json!({"chain_id": 1, "address": zero, "decimals": 0}))), ["/address"]);
    }
}
