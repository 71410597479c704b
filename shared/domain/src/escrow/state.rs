//! The state machine of one escrow.
//!
//! | state ╲ event | Funded | Released | Refunded | Expired | Disputed | Resolved |
//! |---|---|---|---|---|---|---|
//! | created | created, or funded once the amount is reached | – | refunded | expired | – | – |
//! | funded | funded | released | refunded | expired | funded, dispute open | – |
//! | funded, dispute open | funded | – | – | – | – | released, refunded, or funded |
//! | released | – | – | released | – | – | – |
//! | refunded | – | – | refunded | – | – | – |
//! | expired | – | – | expired | – | – | – |
//!
//! `–` is refused, as is paying out more than is held. What is left over can be returned in every end state: this is how an
//! overpaid or expired escrow is emptied. A dispute freezes the money until it is resolved; if the seller then gets any part, the
//! escrow is released; a resolution that moves nothing dismisses the dispute.

use alloy_primitives::{Address, B256, U256};
use chrono::{DateTime, Utc};

use super::{
    event::{Event, Terms},
    ledger::{Account, Movement},
};
use crate::words::words;

words! {
    /// State of an escrow.
    #[cfg_attr(feature = "openapi", schema(as = EscrowState))]
    State {
        /// Created, and not yet paid in full.
        Created = "created",
        /// Holds at least the agreed amount.
        Funded = "funded",
        /// The seller has been paid.
        Released = "released",
        /// The buyer has been refunded.
        Refunded = "refunded",
        /// The deadline passed first.
        Expired = "expired",
    }
}

words! {
    /// Whether a dispute has been resolved.
    DisputeState {
        /// Not yet resolved.
        Open = "open",
        /// Resolved.
        Resolved = "resolved",
    }
}

/// A dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dispute {
    /// Party that raised it.
    pub by: Address,
    /// The reason.
    pub reason: B256,
    /// Whether it has been resolved.
    pub open: bool,
}

impl Dispute {
    /// The same in a word.
    pub fn state(&self) -> DisputeState {
        if self.open { DisputeState::Open } else { DisputeState::Resolved }
    }
}

/// One escrow. Amounts are base units of its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escrow {
    /// Agreed terms.
    pub terms: Terms,
    /// Where it is.
    pub state: State,
    /// Total amount paid in.
    pub funded: U256,
    /// Amount paid out to the seller's side.
    pub released: U256,
    /// Amount returned to the buyer's side.
    pub refunded: U256,
    /// Amount paid in and not yet paid out or returned.
    pub balance: U256,
    /// The latest dispute.
    pub dispute: Option<Dispute>,
    /// When its creation became known.
    pub created_at: DateTime<Utc>,
    /// When the latest event that changed it became known.
    pub changed_at: DateTime<Utc>,
}

/// Effect of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The escrow after it.
    pub escrow: Escrow,
    /// What moved.
    pub movements: Vec<Movement>,
}

/// Why an event cannot be applied. The chain has nevertheless recorded it, so it is kept and shown as an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// It has already been created.
    AlreadyCreated,
    /// It was not created by a factory that we know.
    NotCreated,
    /// Less than the agreed amount has been paid in.
    NotFunded,
    /// It has ended.
    Ended,
    /// It is frozen by a dispute.
    InDispute,
    /// There is no dispute to resolve.
    NoDispute,
    /// More would go out than is held.
    MoreThanHeld,
    /// The sum does not fit into 256 bits, which no chain can have paid.
    Overflow,
}

impl Refusal {
    /// Stable machine code.
    pub fn code(self) -> &'static str {
        match self {
            Self::AlreadyCreated => "already_created",
            Self::NotCreated => "not_created",
            Self::NotFunded => "not_funded",
            Self::Ended => "ended",
            Self::InDispute => "in_dispute",
            Self::NoDispute => "no_dispute",
            Self::MoreThanHeld => "more_than_held",
            Self::Overflow => "overflow",
        }
    }
}

/// Applies an event that became known at `at`; `None` is an escrow that has not been created yet.
///
/// # Errors
/// The [`Refusal`] that the table above shows as `–`.
pub fn apply(escrow: Option<&Escrow>, event: &Event, at: DateTime<Utc>) -> Result<Transition, Refusal> {
    let Some(escrow) = escrow else {
        let Event::Created(terms) = event else { return Err(Refusal::NotCreated) };
        return Ok(Transition { escrow: Escrow::new(*terms, at), movements: Vec::new() });
    };
    let mut next = Transition { escrow: escrow.clone(), movements: Vec::new() };
    next.escrow.changed_at = at;
    match *event {
        Event::Created(_) => return Err(Refusal::AlreadyCreated),
        Event::Funded { from, amount } => next.fund(from, amount)?,
        Event::Released { to, amount } => {
            escrow.may_end()?;
            next.release(to, amount)?;
            next.escrow.state = State::Released;
        }
        Event::Refunded { to, amount } => {
            escrow.may_refund()?;
            next.refund(to, amount)?;
            if matches!(escrow.state, State::Created | State::Funded) {
                next.escrow.state = State::Refunded;
            }
        }
        Event::Expired => {
            escrow.may_expire()?;
            next.escrow.state = State::Expired;
        }
        Event::Disputed { by, reason } => {
            escrow.may_end()?;
            next.escrow.dispute = Some(Dispute { by, reason, open: true });
        }
        Event::Resolved { to_seller, to_buyer } => next.resolve(to_seller, to_buyer)?,
    }
    Ok(next)
}

impl Escrow {
    fn new(terms: Terms, at: DateTime<Utc>) -> Self {
        // Paying nothing pays nothing.
        let state = if terms.amount.is_zero() { State::Funded } else { State::Created };
        let (funded, released, refunded, balance) = (U256::ZERO, U256::ZERO, U256::ZERO, U256::ZERO);
        Self {
            terms,
            state,
            funded,
            released,
            refunded,
            balance,
            dispute: None,
            created_at: at,
            changed_at: at,
        }
    }

    /// Whether a dispute has been resolved.
    pub fn in_dispute(&self) -> bool {
        self.dispute.is_some_and(|dispute| dispute.open)
    }

    fn may_end(&self) -> Result<(), Refusal> {
        match self.state {
            State::Created => Err(Refusal::NotFunded),
            State::Funded if self.in_dispute() => Err(Refusal::InDispute),
            State::Funded => Ok(()),
            State::Released | State::Refunded | State::Expired => Err(Refusal::Ended),
        }
    }

    fn may_refund(&self) -> Result<(), Refusal> {
        if self.in_dispute() { Err(Refusal::InDispute) } else { Ok(()) }
    }

    fn may_expire(&self) -> Result<(), Refusal> {
        match self.state {
            State::Created | State::Funded if self.in_dispute() => Err(Refusal::InDispute),
            State::Created | State::Funded => Ok(()),
            State::Released | State::Refunded | State::Expired => Err(Refusal::Ended),
        }
    }

    fn account_of(&self, address: Address) -> Account {
        match address {
            address if address == self.terms.buyer => Account::Buyer,
            address if address == self.terms.seller => Account::Seller,
            _ => Account::Other,
        }
    }
}

impl Transition {
    fn fund(&mut self, from: Address, amount: U256) -> Result<(), Refusal> {
        let escrow = &mut self.escrow;
        if !matches!(escrow.state, State::Created | State::Funded) {
            return Err(Refusal::Ended);
        }
        escrow.funded = escrow.funded.checked_add(amount).ok_or(Refusal::Overflow)?;
        // Never more than `funded`, which was just found to fit.
        escrow.balance = escrow.balance.saturating_add(amount);
        if escrow.funded >= escrow.terms.amount {
            escrow.state = State::Funded;
        }
        self.book((escrow_account(&self.escrow), (self.escrow.account_of(from), from)), amount);
        Ok(())
    }

    fn release(&mut self, to: Address, amount: U256) -> Result<(), Refusal> {
        self.take(amount)?;
        self.escrow.released = self.escrow.released.saturating_add(amount);
        self.book(((self.escrow.account_of(to), to), escrow_account(&self.escrow)), amount);
        Ok(())
    }

    fn refund(&mut self, to: Address, amount: U256) -> Result<(), Refusal> {
        self.take(amount)?;
        self.escrow.refunded = self.escrow.refunded.saturating_add(amount);
        self.book(((self.escrow.account_of(to), to), escrow_account(&self.escrow)), amount);
        Ok(())
    }

    fn resolve(&mut self, to_seller: U256, to_buyer: U256) -> Result<(), Refusal> {
        let Some(dispute) = self.escrow.dispute.as_mut().filter(|dispute| dispute.open) else {
            return Err(Refusal::NoDispute);
        };
        dispute.open = false;
        let Terms { seller, buyer, .. } = self.escrow.terms;
        self.release(seller, to_seller)?;
        self.refund(buyer, to_buyer)?;
        self.escrow.state = match (to_seller.is_zero(), to_buyer.is_zero()) {
            (false, _) => State::Released,
            (true, false) => State::Refunded,
            (true, true) => self.escrow.state,
        };
        Ok(())
    }

    fn take(&mut self, amount: U256) -> Result<(), Refusal> {
        self.escrow.balance = self.escrow.balance.checked_sub(amount).ok_or(Refusal::MoreThanHeld)?;
        Ok(())
    }

    fn book(&mut self, (debit, credit): ((Account, Address), (Account, Address)), amount: U256) {
        if !amount.is_zero() {
            self.movements.push(Movement { debit, credit, amount });
        }
    }
}

fn escrow_account(escrow: &Escrow) -> (Account, Address) {
    (Account::Escrow, escrow.terms.escrow)
}
