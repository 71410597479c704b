//! Wallets of investors, and proofs that they control them.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    Error, Result,
    ids::{InvestorId, WalletChallengeId, WalletId},
    investor::{
        NewWallet, RecordedWallet,
        proof::{Answer, WalletSignature},
    },
    reference::WalletAddress,
};
use serde_json::Value;

use super::with_ids;
use crate::{Connection, on_constraint};

rows! {
    /// A wallet that an investor has.
    #[derive(Debug, Clone, Copy)]
    pub struct Wallet {
        /// The id.
        pub id: WalletId,
        /// EIP-155 id of the chain.
        pub chain_id: i64,
        /// Its address.
        pub address: WalletAddress,
        /// When control of it was proven.
        pub proven_at: Option<DateTime<Utc>>,
        /// Whether the identity of the investor has changed since.
        pub lapsed: bool,
    }

    /// A challenge that was posed for a wallet.
    #[derive(Debug, Clone)]
    pub struct Posed {
        /// The text to be signed.
        pub message: String,
        /// From when on it can no longer be answered.
        pub expires_at: DateTime<Utc>,
        /// Whether it has been answered.
        pub used: bool,
        /// Whether the identity of the investor has changed since.
        pub outdated: bool,
    }
}

impl TryFrom<Wallet> for RecordedWallet {
    type Error = Error;

    fn try_from(row: Wallet) -> Result<Self> {
        let chain_id = u64::try_from(row.chain_id);
        Ok(Self {
            id: row.id,
            chain_id: chain_id.map_err(|_| Error::internal("a chain has a negative id"))?,
            address: row.address,
            verified_at: row.proven_at,
            stale: row.lapsed,
        })
    }
}

statements! { "investors";
    /// Registers wallets of an investor: a list of objects, each with its id. Answers with those that nobody has.
    all register_wallets(investor: InvestorId, wallets: Value) -> Wallet;

    /// Which investor of the tenant of this connection has a wallet.
    optional owner_of_wallet(chain: &str, address: WalletAddress) -> InvestorId;

    /// A wallet that an investor has.
    optional standing_wallet(investor: InvestorId, id: WalletId) -> Wallet;

    /// Takes a wallet from an investor.
    execute remove_wallet(investor: InvestorId, id: WalletId);

    /// Records which challenge has proven control of a wallet, and when. An earlier proof may have lapsed; this one holds.
    execute mark_proven(id: WalletId, challenge: WalletChallengeId, now: DateTime<Utc>);

    /// Keeps a challenge, of the present identity of the investor; those of the wallet that have run out unanswered go.
    execute insert_challenge(
        id: WalletChallengeId,
        wallet: WalletId,
        message: &str,
        issued_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    );

    /// The challenge with this id, if it was posed for this wallet. Holds its row until the transaction ends.
    optional posed_challenge(wallet: WalletId, id: WalletChallengeId) -> Posed;

    /// Notes by which signature a challenge was answered, and when.
    execute mark_used(id: WalletChallengeId, now: DateTime<Utc>, signature: WalletSignature);
}

/// Registers wallets of an investor.
///
/// # Errors
/// [`Error::Conflict`] naming the first wallet that the tenant has registered before.
pub async fn insert_wallets(db: &impl Connection, investor: InvestorId, wallets: &[NewWallet]) -> Result<()> {
    if wallets.is_empty() {
        return Ok(());
    }
    let (rows, _) = with_ids(wallets)?;
    let registered = register_wallets(db, investor, rows).await?;
    let is_registered = |wallet: &NewWallet| {
        registered
            .iter()
            .any(|row| u64::try_from(row.chain_id) == Ok(wallet.chain_id) && row.address == wallet.address)
    };
    match wallets.iter().find(|wallet| !is_registered(wallet)) {
        None => Ok(()),
        Some(wallet) => Err(wallet_taken(db, wallet).await?),
    }
}

async fn wallet_taken(db: &impl Connection, wallet: &NewWallet) -> Result<Error> {
    let (chain, address) = (wallet.chain_id.to_string(), wallet.address);
    let owner = owner_of_wallet(db, &chain, address).await?;
    let owner = owner.map(|investor| investor.to_string()).unwrap_or_default();
    Ok(Error::conflict(
        "wallet_taken",
        format!("the wallet {address} on chain {chain} is registered to the investor {owner}"),
    ))
}

/// A wallet that an investor has.
///
/// # Errors
/// Those of the connection.
pub async fn wallet(
    db: &impl Connection,
    investor: InvestorId,
    id: WalletId,
) -> Result<Option<RecordedWallet>> {
    standing_wallet(db, investor, id).await?.map(RecordedWallet::try_from).transpose()
}

/// Uses up a challenge; it stays, with its signature.
///
/// # Errors
/// [`Error::Internal`] when it was used up although its row was held.
pub async fn use_challenge(db: &impl Connection, answer: &Answer, now: DateTime<Utc>) -> Result<()> {
    match mark_used(db, answer.challenge_id, now, answer.signature).await? {
        1 => Ok(()),
        _ => Err(Error::internal("a challenge was used up while it was held")),
    }
}

/// Records that control of a wallet is proven.
///
/// # Errors
/// [`Error::Conflict`] when it is proven to be another investor's, of whatever tenant.
pub async fn prove_wallet(
    db: &impl Connection,
    wallet: &RecordedWallet,
    challenge: WalletChallengeId,
    now: DateTime<Utc>,
) -> Result<()> {
    let taken = || {
        let detail = format!(
            "the wallet {} on chain {} is proven to belong to another investor; it must be removed there first",
            wallet.address, wallet.chain_id
        );
        Error::conflict("wallet_proven_elsewhere", detail)
    };
    let proven = mark_proven(db, wallet.id, challenge, now).await;
    proven.map(drop).map_err(on_constraint("investor_wallet_proven_once", taken))
}
