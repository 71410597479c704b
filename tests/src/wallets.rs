//! Wallets whose keys the tests hold, so that they can prove to control them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use alloy_primitives::{Address, Signature, eip191_hash_message, keccak256};
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Environment;

/// A key of secp256k1, with its address.
#[derive(Debug, Clone)]
pub struct WalletKey(SigningKey);

static MADE: Mutex<BTreeMap<Address, WalletKey>> = Mutex::new(BTreeMap::new());

fn made() -> MutexGuard<'static, BTreeMap<Address, WalletKey>> {
    MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl WalletKey {
    /// A new key that nobody else has. It is remembered by its address, see [`Self::of`].
    pub fn random() -> Self {
        let seed = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
        Self::from_bytes(keccak256(seed).as_slice())
    }

    /// A key from its 32 bytes; remembered like a new one.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let key = Self(SigningKey::from_slice(bytes).expect("a number below the order of the curve"));
        made().insert(key.address(), key.clone());
        key
    }

    /// The key of an address that was made here.
    pub fn of(address: Address) -> Option<Self> {
        made().get(&address).cloned()
    }

    /// Its address.
    pub fn address(&self) -> Address {
        Address::from_private_key(&self.0)
    }

    /// Signs a text as a wallet's `personal_sign` does (EIP-191): `0x` with r, s and v.
    pub fn sign(&self, text: &str) -> String {
        self.signature(text).to_string()
    }

    /// The same with the other of the two values of s that verify, which Ethereum has not taken since EIP-2.
    pub fn sign_with_high_s(&self, text: &str) -> String {
        let low = self.signature(text);
        let order: [u8; 32] = [
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
            0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
        ];
        let order = alloy_primitives::U256::from_be_bytes(order);
        Signature::new(low.r(), order - low.s(), !low.v()).to_string()
    }

    fn signature(&self, text: &str) -> Signature {
        let hash = eip191_hash_message(text);
        let signed = self.0.sign_prehash_recoverable(hash.as_slice()).expect("a signature");
        Signature::from(signed)
    }
}

/// An address that nobody else has, in lower case; its key is remembered.
pub fn new_wallet() -> String {
    format!("{:#x}", WalletKey::random().address())
}

impl Environment {
    /// Proves every wallet of an investor whose key was made here. Answers with the investor as it is then.
    #[track_caller]
    pub fn prove_wallets(&self, token: &(impl AsRef<str> + ?Sized), investor: &Value) -> Value {
        let mut proven = investor.clone();
        for wallet in investor["wallets"].as_array().into_iter().flatten() {
            let address: Address =
                wallet["address"].as_str().and_then(|text| text.parse().ok()).expect("an address");
            let Some(key) = WalletKey::of(address) else { continue };
            let path = wallet_path(investor, wallet);
            let challenge = self.post(&format!("{path}/challenges")).token(token).send().expect(201);
            let signature = key.sign(challenge["message"].as_str().expect("a text"));
            let proof = json!({ "challenge_id": challenge["id"], "signature": signature });
            proven = self.post(&format!("{path}/proofs")).token(token).json(&proof).send().expect(200);
        }
        proven
    }
}

/// Where a wallet of an investor is.
pub fn wallet_path(investor: &Value, wallet: &Value) -> String {
    let id = |of: &Value| of["id"].as_str().expect("an id").to_owned();
    format!("/v1/investors/{}/wallets/{}", id(investor), id(wallet))
}
