//! Escrows: a fold of chain events into state and ledger.
