//! Double-entry bookkeeping: every movement is debited to one account and credited to another, with the same amount.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};

use crate::words::words;

words! {
    /// Account of a ledger entry.
    #[cfg_attr(feature = "openapi", schema(as = LedgerAccount))]
    Account {
        /// The buyer's.
        Buyer = "buyer",
        /// The seller's.
        Seller = "seller",
        /// The escrow's own.
        Escrow = "escrow",
        /// Somebody's who is neither: a payer on another's behalf, say.
        Other = "other",
    }
}

/// An amount that moved from one account to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// Account that received it.
    pub debit: (Account, Address),
    /// Account that it came from.
    pub credit: (Account, Address),
    /// Amount in base units; never zero.
    pub amount: U256,
}

/// The event that an entry comes from: hash of the block, index within it.
pub type Origin = (B256, i64);

/// One entry. Exactly one of debit and credit is not zero.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entry {
    /// Event that it books.
    pub origin: Origin,
    /// The account.
    pub account: Account,
    /// Address behind the account.
    pub address: Address,
    /// Token; `None` for the native coin of the chain.
    pub token: Option<Address>,
    /// Amount coming in, in base units.
    pub debit: U256,
    /// Amount going out, in base units.
    pub credit: U256,
}

/// An entry that has been written and not been reversed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its number.
    pub id: i64,
    /// Its content.
    pub entry: Entry,
}

/// What must be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Entries to be reversed, by number.
    pub reversals: Vec<i64>,
    /// Entries to be added.
    pub entries: Vec<Entry>,
}

/// The two entries of a movement.
pub fn entries(origin: Origin, token: Option<Address>, movement: &Movement) -> [Entry; 2] {
    let entry = |(account, address): (Account, Address), debit, credit| Entry {
        origin,
        account,
        address,
        token,
        debit,
        credit,
    };
    [entry(movement.debit, movement.amount, U256::ZERO), entry(movement.credit, U256::ZERO, movement.amount)]
}

/// How to get from the existing entries to those that should exist, without touching what is correct.
pub fn reconcile(standing: Vec<Standing>, wanted: Vec<Entry>) -> Changes {
    let mut missing: BTreeMap<Entry, usize> = BTreeMap::new();
    for entry in &wanted {
        *missing.entry(entry.clone()).or_default() += 1;
    }
    let mut changes = Changes::default();
    for row in standing {
        match missing.get_mut(&row.entry) {
            Some(count) if *count > 0 => *count -= 1,
            _ => changes.reversals.push(row.id),
        }
    }
    for entry in wanted {
        if let Some(count) = missing.get_mut(&entry).filter(|count| **count > 0) {
            *count -= 1;
            changes.entries.push(entry);
        }
    }
    changes
}
