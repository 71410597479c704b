//! Wallets: registering them, and proving that an investor controls them.

use fundrail_api::investors::{Investor, WalletChallenge};
use fundrail_domain::{
    Error, Result,
    ids::{InvestorId, WalletId},
    investor::{
        NewWallet, RecordedWallet, RevocationSubject,
        proof::{Answer as ProofAnswer, Challenge},
    },
};
use fundrail_platform::{Answer, Context, config, db::Db, random};
use fundrail_store::investors::{
    evidence, profiles,
    wallets::{self as store, Posed},
};
use http::StatusCode;
use serde_json::json;

use crate::{answers, changed, created, existing, stored, touch};

/// `POST /v1/investors/{id}/wallets`
pub(crate) async fn add(cx: &Context, wallet: NewWallet) -> Result<Answer<Investor>> {
    let id: InvestorId = cx.param("id")?;
    if let Some(known) = registered(cx, id, &wallet).await? {
        return changed(&answers::investor(known));
    }
    let db = cx.db().await?;
    let added = db
        .transaction(async |db| {
            touch(cx, db, id).await?;
            store::insert_wallets(db, id, &[wallet]).await?;
            let detail = json!({ "chain_id": wallet.chain_id, "address": wallet.address });
            cx.audit(db, "investor.wallet_added", ("investor", id.to_string()), detail).await?;
            stored(cx, db, id).await
        })
        .await;
    match added {
        // Perhaps the same request was sent twice, and the other one was faster.
        Err(error) if error.code() == "wallet_taken" => match registered(cx, id, &wallet).await? {
            Some(known) => changed(&answers::investor(known)),
            None => Err(error),
        },
        added => created(&added?),
    }
}

/// The investor, if the wallet is already registered to them.
async fn registered(cx: &Context, id: InvestorId, wallet: &NewWallet) -> Result<Option<profiles::Investor>> {
    let known = existing(cx, id).await?;
    let is_same = |one: &RecordedWallet| (one.chain_id, one.address) == (wallet.chain_id, wallet.address);
    let has = known.recorded.wallets.iter().any(is_same);
    Ok(has.then_some(known))
}

/// `POST /v1/investors/{id}/wallets/{wallet_id}/challenges`
pub(crate) async fn challenge(cx: &Context) -> Result<Answer<WalletChallenge>> {
    let (id, wallet_id): (InvestorId, WalletId) = (cx.param("id")?, cx.param("wallet_id")?);
    let origin = config::text("token_issuer").await?;
    let db = cx.db().await?;
    let posed = db
        .transaction(async |db| {
            let wallet = store::wallet(db, id, wallet_id).await?.ok_or(NO_WALLET)?;
            pose(cx, db, id, &wallet, origin.trim_end_matches('/')).await
        })
        .await?;
    Answer::json(StatusCode::CREATED, &posed)
}

/// Writes the text for a wallet's key to sign.
async fn pose(
    cx: &Context,
    db: &Db,
    investor_id: InvestorId,
    wallet: &RecordedWallet,
    origin: &str,
) -> Result<WalletChallenge> {
    let nonce = hex::encode(random::bytes::<16>()?);
    let challenge = Challenge {
        origin,
        id: random::new_id(),
        tenant_id: cx.principal()?.tenant_id,
        investor_id,
        wallet_id: wallet.id,
        address: wallet.address,
        chain_id: wallet.chain_id,
        nonce: &nonce,
        issued_at: cx.now(),
    };
    let message = challenge.text();
    let (issued_at, expires_at) = (challenge.issued_at, challenge.expires_at());
    store::insert_challenge(db, challenge.id, wallet.id, &message, issued_at, expires_at).await?;
    Ok(WalletChallenge {
        id: challenge.id,
        wallet_id: wallet.id,
        message,
        nonce: nonce.clone(),
        issued_at,
        expires_at,
    })
}

/// `POST /v1/investors/{id}/wallets/{wallet_id}/proofs`
pub(crate) async fn prove(cx: &Context, answer: ProofAnswer) -> Result<Answer<Investor>> {
    let (id, wallet_id): (InvestorId, WalletId) = (cx.param("id")?, cx.param("wallet_id")?);
    let db = cx.db().await?;
    let investor = db
        .transaction(async |db| {
            touch(cx, db, id).await?;
            let wallet = store::wallet(db, id, wallet_id).await?.ok_or(NO_WALLET)?;
            use_up(cx, db, &wallet, &answer).await?;
            store::prove_wallet(db, &wallet, answer.challenge_id, cx.now()).await?;
            let detail = json!({ "chain_id": wallet.chain_id, "address": wallet.address,
                "challenge_id": answer.challenge_id });
            cx.audit(db, "investor.wallet_proven", ("investor", id.to_string()), detail).await?;
            stored(cx, db, id).await
        })
        .await?;
    changed(&investor)
}

/// Uses up the challenge if the answer is right. Locks its row, so that the second of two concurrent answers finds it used.
async fn use_up(cx: &Context, db: &Db, wallet: &RecordedWallet, answer: &ProofAnswer) -> Result<()> {
    let posed = store::posed_challenge(db, wallet.id, answer.challenge_id).await?;
    let Posed { message, expires_at, used, outdated } = posed.ok_or(Error::NotFound { what: "challenge" })?;
    if used {
        return Err(Error::conflict(
            "challenge_used",
            "this challenge has already been used; request another one",
        ));
    }
    if outdated || expires_at <= cx.now() {
        return Err(Error::unprocessable(
            "challenge_expired",
            "this challenge has expired, or the identity of the investor has changed since; request another one",
        ));
    }
    if answer.signature.signer(&message) != Some(wallet.address) {
        let message = format!(
            "was not made by the key of {} over the text of this challenge; a smart contract wallet has \
                no key, and its signatures (EIP-1271) are not accepted",
            wallet.address
        );
        return Err(Error::field("/signature", message));
    }
    store::use_challenge(db, answer, cx.now()).await
}

/// `POST /v1/investors/{id}/wallets/{wallet_id}/revocation`
pub(crate) async fn remove(cx: &Context, reason: String) -> Result<Answer<Investor>> {
    let (id, wallet_id): (InvestorId, WalletId) = (cx.param("id")?, cx.param("wallet_id")?);
    let subject = RevocationSubject::Wallet;
    let revocation = random::new_id();
    let db = cx.db().await?;
    let investor = db
        .transaction(async |db| {
            touch(cx, db, id).await?;
            if !evidence::belongs(db, id, subject, wallet_id.0).await? {
                return Err(NO_WALLET);
            }
            if !evidence::revoke(db, id, (subject, wallet_id.0), revocation, &reason).await? {
                return Err(Error::conflict("already_revoked", "it has already been revoked"));
            }
            let detail = json!({ "revocation_id": revocation, "subject": subject, "subject_id": wallet_id });
            cx.audit(db, "investor.wallet_removed", ("investor", id.to_string()), detail).await?;
            stored(cx, db, id).await
        })
        .await?;
    changed(&investor)
}

const NO_WALLET: Error = Error::NotFound { what: "wallet" };
