//! Every key of the cache, with how long it lives and what drops it.
//!
//! | value | dropped by |
//! |---|---|
//! | the public signing keys | a rotation |
//! | a fund, the lists of funds and issuers | a net asset value of one of their classes, a write to the fund, its classes or issuer |
//! | a price, the lists of prices | a net asset value, or a write to the share class, when the asset is one |
//! | the rules of a share class | nothing: their version is part of the key |

use std::fmt::Display;

use fundrail_domain::{
    Result,
    ids::{AssetId, FundId, ShareClassId},
};
use serde::Serialize;

use crate::cache::Key;

/// The public keys of access tokens.
pub fn signing_keys() -> Key {
    Key::shared("signing-keys")
}

/// A fund with its share classes.
pub fn fund(id: FundId) -> Key {
    Key::shared(&format!("fund:{id}"))
}

/// A response that depends on any fund: a page of a list, or an issuer, which counts its funds.
pub fn funds_answer(question: &impl Serialize) -> Result<Key> {
    Key::answer(&funds(), question)
}

/// A price of an asset, identified by its id or symbol.
pub fn price(asset: impl Display) -> Key {
    Key::shared(&format!("price:{asset}"))
}

/// A page of a list of prices.
pub fn prices_answer(question: &impl Serialize) -> Result<Key> {
    Key::answer(&prices(), question)
}

/// The rules of a share class, as of this version of all rules.
pub fn rules(share_class: ShareClassId, version: i64) -> Key {
    Key::shared(&format!("rules:{share_class}:{version}"))
}

/// What a net asset value of a share class makes stale; `asset` is the id and symbol of the corresponding asset, if there is one.
pub fn dropped_by_nav(of_fund: FundId, asset: Option<(AssetId, &str)>) -> Vec<Key> {
    let mut keys = vec![funds(), fund(of_fund)];
    keys.extend(asset.into_iter().flat_map(prices_of));
    keys
}

/// What a write to a fund, or to one of its share classes, makes stale; `assets` are the ids and symbols of the assets of its
/// classes.
pub fn dropped_by_fund<'a>(
    of_fund: FundId,
    assets: impl IntoIterator<Item = (AssetId, &'a str)>,
) -> Vec<Key> {
    let mut keys = vec![funds(), fund(of_fund), prices()];
    keys.extend(assets.into_iter().flat_map(|(id, symbol)| [price(id), price(symbol)]));
    keys
}

/// What a write to an issuer makes stale: whatever shows its name.
pub fn dropped_by_issuer(of_funds: impl IntoIterator<Item = FundId>) -> Vec<Key> {
    let mut keys = vec![funds()];
    keys.extend(of_funds.into_iter().map(fund));
    keys
}

/// The lists of prices, and those of one asset.
fn prices_of((id, symbol): (AssetId, &str)) -> [Key; 3] {
    [prices(), price(id), price(symbol)]
}

/// The group of all responses that depend on funds.
fn funds() -> Key {
    Key::shared("funds")
}

/// The group of all lists of prices.
fn prices() -> Key {
    Key::shared("prices")
}
