//! Events of the contracts, decoded from their logs.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use serde_json::{Value, json};

use crate::{chain::Log, reference::WalletAddress};

/// The events as declared by the contracts.
mod abi {
    #![allow(missing_docs, clippy::pedantic)]

    alloy_sol_types::sol! {
        event EscrowCreated(
            address indexed escrow, bytes32 indexed orderId, address indexed buyer,
            address seller, address arbiter, address token, uint256 amount, uint64 deadline
        );
        event Funded(address indexed from, uint256 amount);
        event Released(address indexed to, uint256 amount);
        event Refunded(address indexed to, uint256 amount);
        event Expired();
        event Disputed(address indexed by, bytes32 reason);
        event Resolved(uint256 toSeller, uint256 toBuyer);
    }
}

/// Terms of an escrow, agreed at its creation. They never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The contract that holds the money.
    pub escrow: Address,
    /// The order that it settles, as numbered by the buyer.
    pub order_id: B256,
    /// Wallet that pays.
    pub buyer: Address,
    /// Wallet that is paid.
    pub seller: Address,
    /// Wallet that decides disputes.
    pub arbiter: Address,
    /// Token that is paid in; `None` for the native coin of the chain.
    pub token: Option<Address>,
    /// Amount to be paid in, in base units.
    pub amount: U256,
    /// Deadline in seconds of Unix time.
    pub deadline: u64,
}

/// An event of an escrow. Amounts are in base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A factory has created it.
    Created(Terms),
    /// Somebody has paid in.
    Funded {
        /// The investor.
        from: Address,
        /// The order.
        amount: U256,
    },
    /// The agreed amount has been paid out.
    Released {
        /// Recipient: usually the seller.
        to: Address,
        /// The order.
        amount: U256,
    },
    /// Money has been returned.
    Refunded {
        /// Recipient: usually the buyer.
        to: Address,
        /// The order.
        amount: U256,
    },
    /// The deadline has passed. Moves nothing: what is held is returned by [`Event::Refunded`].
    Expired,
    /// A party has raised a dispute.
    Disputed {
        /// The investor.
        by: Address,
        /// Hash or short text of the reason.
        reason: B256,
    },
    /// The arbiter has decided. Moves both amounts by itself.
    Resolved {
        /// Amount paid to the seller.
        to_seller: U256,
        /// Amount returned to the buyer.
        to_buyer: U256,
    },
}

/// A log with the signature of one of our events but different contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undecodable {
    /// Which event it claims to be.
    pub name: &'static str,
}

/// Decodes a log; `None` if it is not one of our events.
///
/// # Errors
/// [`Undecodable`] if parameters are missing, too short, or hold what their type cannot (e.g. an address with a 13th byte).
pub fn decode(log: &Log) -> Result<Option<Event>, Undecodable> {
    let Some(signature) = log.topics.first() else { return Ok(None) };
    let event = match *signature {
        abi::EscrowCreated::SIGNATURE_HASH => {
            read::<abi::EscrowCreated>(log, "EscrowCreated").map(|event| created(&event))
        }
        abi::Funded::SIGNATURE_HASH => read::<abi::Funded>(log, "Funded")
            .map(|event| Event::Funded { from: event.from, amount: event.amount }),
        abi::Released::SIGNATURE_HASH => read::<abi::Released>(log, "Released")
            .map(|event| Event::Released { to: event.to, amount: event.amount }),
        abi::Refunded::SIGNATURE_HASH => read::<abi::Refunded>(log, "Refunded")
            .map(|event| Event::Refunded { to: event.to, amount: event.amount }),
        abi::Expired::SIGNATURE_HASH => read::<abi::Expired>(log, "Expired").map(|_| Event::Expired),
        abi::Disputed::SIGNATURE_HASH => read::<abi::Disputed>(log, "Disputed")
            .map(|event| Event::Disputed { by: event.by, reason: event.reason }),
        abi::Resolved::SIGNATURE_HASH => read::<abi::Resolved>(log, "Resolved")
            .map(|event| Event::Resolved { to_seller: event.toSeller, to_buyer: event.toBuyer }),
        _ => return Ok(None),
    };
    event.map(Some)
}

fn read<E: SolEvent>(log: &Log, name: &'static str) -> Result<E, Undecodable> {
    E::decode_raw_log_validate(log.topics.iter().copied(), &log.data).map_err(|_| Undecodable { name })
}

fn created(event: &abi::EscrowCreated) -> Event {
    Event::Created(Terms {
        escrow: event.escrow,
        order_id: event.orderId,
        buyer: event.buyer,
        seller: event.seller,
        arbiter: event.arbiter,
        token: (!event.token.is_zero()).then_some(event.token),
        amount: event.amount,
        deadline: event.deadline,
    })
}

impl Event {
    /// Name of the event in the contract.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created(_) => "EscrowCreated",
            Self::Funded { .. } => "Funded",
            Self::Released { .. } => "Released",
            Self::Refunded { .. } => "Refunded",
            Self::Expired => "Expired",
            Self::Disputed { .. } => "Disputed",
            Self::Resolved { .. } => "Resolved",
        }
    }

    /// Its parameters for people and APIs: amounts as decimal strings, addresses with their checksum.
    pub fn parameters(&self) -> Value {
        let address = |address: Address| WalletAddress(address).to_string();
        match *self {
            Self::Created(terms) => json!({
                "order_id": terms.order_id.to_string(),
                "buyer": address(terms.buyer),
                "seller": address(terms.seller),
                "arbiter": address(terms.arbiter),
                "token": terms.token.map(address),
                "amount": terms.amount.to_string(),
                "deadline": terms.deadline.to_string(),
            }),
            Self::Funded { from, amount } => json!({"from": address(from), "amount": amount.to_string()}),
            Self::Released { to, amount } | Self::Refunded { to, amount } => {
                json!({"to": address(to), "amount": amount.to_string()})
            }
            Self::Expired => json!({}),
            Self::Disputed { by, reason } => json!({"by": address(by), "reason": reason.to_string()}),
            Self::Resolved { to_seller, to_buyer } => {
                json!({"to_seller": to_seller.to_string(), "to_buyer": to_buyer.to_string()})
            }
        }
    }

    /// The log that a contract emits for it: topics and data.
    pub fn encode(&self) -> (Vec<B256>, alloy_primitives::Bytes) {
        let log = match *self {
            Self::Created(terms) => abi::EscrowCreated {
                escrow: terms.escrow,
                orderId: terms.order_id,
                buyer: terms.buyer,
                seller: terms.seller,
                arbiter: terms.arbiter,
                token: terms.token.unwrap_or(Address::ZERO),
                amount: terms.amount,
                deadline: terms.deadline,
            }
            .encode_log_data(),
            Self::Funded { from, amount } => abi::Funded { from, amount }.encode_log_data(),
            Self::Released { to, amount } => abi::Released { to, amount }.encode_log_data(),
            Self::Refunded { to, amount } => abi::Refunded { to, amount }.encode_log_data(),
            Self::Expired => abi::Expired {}.encode_log_data(),
            Self::Disputed { by, reason } => abi::Disputed { by, reason }.encode_log_data(),
            Self::Resolved { to_seller, to_buyer } => {
                abi::Resolved { toSeller: to_seller, toBuyer: to_buyer }.encode_log_data()
            }
        };
        let (topics, data) = log.split();
        (topics, data)
    }
}
