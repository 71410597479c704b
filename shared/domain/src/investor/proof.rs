//! Proof that an investor controls a wallet: a text of ours, signed by the wallet's key.
//!
//! The text follows EIP-4361 ("Sign-In with Ethereum"), which wallets show to people; it is signed according to EIP-191 (version
//! 0x45, `personal_sign`). The stored text is verified byte by byte, so that a signature proves the tenant, the investor, the
//! wallet, the chain, the nonce and the times named in the text, and nothing else.

use std::fmt;

use alloy_primitives::{Signature, U256};
use chrono::{DateTime, Duration, Utc};

use crate::{
    Result,
    ids::{InvestorId, TenantId, WalletChallengeId, WalletId},
    input::{FromText, Object},
    reference::WalletAddress,
    time::rfc3339,
};

/// How long a challenge can be used, in minutes: enough for a hardware wallet or a second signatory.
pub const CHALLENGE_MINUTES: i64 = 15;

/// Contents of a challenge text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// Our public address, such as `https://api.example.com`.
    pub origin: &'a str,
    /// Id of the challenge.
    pub id: WalletChallengeId,
    /// Id of the tenant.
    pub tenant_id: TenantId,
    /// Id of the investor.
    pub investor_id: InvestorId,
    /// Id of the wallet.
    pub wallet_id: WalletId,
    /// Its address.
    pub address: WalletAddress,
    /// EIP-155 id of its chain.
    pub chain_id: u64,
    /// Letters and digits that nobody can guess, at least eight (EIP-4361).
    pub nonce: &'a str,
    /// When it was written.
    pub issued_at: DateTime<Utc>,
}

impl Challenge<'_> {
    /// When it expires.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.issued_at + Duration::minutes(CHALLENGE_MINUTES)
    }

    /// The text to be signed, according to the ABNF of EIP-4361.
    pub fn text(&self) -> String {
        let Self { origin, id, tenant_id, investor_id, wallet_id, address, chain_id, nonce, .. } = self;
        let domain = origin.split_once("://").map_or(*origin, |(_, rest)| rest);
        let domain = domain.split(['/', '?', '#']).next().unwrap_or(domain);
        let (issued_at, expires_at) = (rfc3339(self.issued_at), rfc3339(self.expires_at()));
        format!(
            "{domain} wants you to sign in with your Ethereum account:\n\
             {address}\n\
             \n\
             I control this wallet and hold it for the investor {investor_id} of the tenant {tenant_id}. Signing this moves no \
             funds and costs nothing.\n\
             \n\
             URI: {origin}/v1/investors/{investor_id}/wallets/{wallet_id}\n\
             Version: 1\n\
             Chain ID: {chain_id}\n\
             Nonce: {nonce}\n\
             Issued At: {issued_at}\n\
             Expiration Time: {expires_at}\n\
             Request ID: {id}"
        )
    }
}

/// A signature by a wallet's key, as written by wallets: 65 bytes r, s and v. Only the form that Ethereum itself would accept: of
/// the two valid values of s, the lower (EIP-2), so that nobody can derive another signature from a known one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WalletSignature {
    bytes: [u8; 65],
    signature: Signature,
}

impl WalletSignature {
    /// Address of the key that signed this text. None if there is no such key.
    pub fn signer(&self, text: &str) -> Option<WalletAddress> {
        self.signature.recover_address_from_msg(text).ok().map(WalletAddress)
    }
}

impl fmt::Display for WalletSignature {
    /// `0x` followed by 130 hexadecimal digits in lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.bytes))
    }
}

impl fmt::Debug for WalletSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WalletSignature({self})")
    }
}

impl FromText for WalletSignature {
    fn from_text(text: &str) -> Result<Self, String> {
        let shape = || {
            "must be 0x followed by 130 hexadecimal digits: r, s and v of a key's signature; compact signatures (EIP-2098) and those of \
             contracts (EIP-1271, EIP-6492) are not accepted"
                .to_owned()
        };
        let mut bytes = [0; 65];
        let digits = text.strip_prefix("0x").ok_or_else(shape)?;
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| shape())?;
        let [numbers @ .., v] = bytes;
        let (r, s) = numbers.split_at(32);
        let (r, s) = (U256::from_be_slice(r), U256::from_be_slice(s));
        let parity = match v {
            0 | 27 => false,
            1 | 28 => true,
            _ => return Err("must end with a v of 27 or 28 (or 0 or 1)".to_owned()),
        };
        let signature = Signature::new(r, s, parity);
        if r.is_zero() || s.is_zero() {
            return Err("must have an r and an s greater than zero".to_owned());
        }
        if signature.normalize_s().is_some() {
            return Err(
                "must have an s of at most half the curve's order (EIP-2); sign again, or use the other s"
                    .to_owned(),
            );
        }
        Ok(Self { bytes, signature })
    }
}

/// A signed challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Id of the challenge.
    pub challenge_id: WalletChallengeId,
    /// Signature over its text.
    pub signature: WalletSignature,
}

impl Answer {
    /// Reads it from a request body.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>) -> Result<Self> {
        let challenge_id = body.required("challenge_id");
        let signature = body.required("signature");
        body.finish(|| Some(Self { challenge_id: challenge_id?, signature: signature? }))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn challenge() -> Challenge<'static> {
        Challenge {
            origin: "https://api.example.com",
            id: WalletChallengeId(Uuid::from_u128(3)),
            tenant_id: TenantId(Uuid::from_u128(1)),
            investor_id: InvestorId(Uuid::from_u128(2)),
            wallet_id: WalletId(Uuid::from_u128(4)),
            address: WalletAddress::from_text("0x70997970C51812dc3A010C7d01b50e0d17dc79C8").unwrap(),
            chain_id: 1,
            nonce: "32891756aBcDef",
            issued_at: "2026-06-15T12:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn the_text_is_that_of_eip_4361() {
        let text = challenge().text();
        let lines: Vec<&str> = text.split('\n').collect();
        assert_eq!(
            lines,
            [
                "api.example.com wants you to sign in with your Ethereum account:",
                "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
                "",
                "I control this wallet and hold it for the investor 00000000-0000-0000-0000-000000000002 of the tenant \
                 00000000-0000-0000-0000-000000000001. Signing this moves no funds and costs nothing.",
                "",
                "URI: https://api.example.com/v1/investors/00000000-0000-0000-0000-000000000002/wallets/\
                 00000000-0000-0000-0000-000000000004",
                "Version: 1",
                "Chain ID: 1",
                "Nonce: 32891756aBcDef",
                "Issued At: 2026-06-15T12:00:00.000000Z",
                "Expiration Time: 2026-06-15T12:15:00.000000Z",
                "Request ID: 00000000-0000-0000-0000-000000000003",
            ]
        );
    }

    #[test]
    fn only_the_authority_of_the_origin_is_the_domain() {
        for (origin, domain) in [
            ("https://fundrail.local", "fundrail.local"),
            ("http://127.0.0.1:3000/", "127.0.0.1:3000"),
            ("fundrail", "fundrail"),
        ] {
            let text = Challenge { origin, ..challenge() }.text();
            assert!(text.starts_with(&format!("{domain} wants you")), "{text}");
        }
    }

    /// Signed by others: text, signature, address.
    const KNOWN: [(&str, &str, &str); 3] = [
        // From the documentation of web3.js, `eth.accounts.sign`.
        (
            "Some data",
            "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c",
            "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23",
        ),
        // viem, with Anvil's first account.
        (
            "hello world",
            "0xa461f509887bd19e312c0c58467ce8ff8e300d3c1a90b608a760c5b80318eaf15fe57c96f9175d6cd4daad4663763baa7e78836e067d0163e9a2ccf2ff753f5b1b",
            "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        ),
        // A text of EIP-4361 as written by the library `siwe` and signed by MetaMask.
        (
            "localhost:3000 wants you to sign in with your Ethereum account:\n0x32e0556aeC41a34C3002a264f4694193EBCf44F7\n\n\
             Welcome to myawesomedapp. Please login to continue.\n\nURI: http://localhost:3000/signin\nVersion: 1\n\
             Chain ID: 1\nNonce: 07EwlNV39F7FRRqpu\nIssued At: 2023-09-03T06:41:21.941Z",
            "0xf90048971fd8e50e1768386ea28139d9cc708d60b2b475407f6c1fb9bcad34df48f0d310d5eaf7a99b30f518ade8d712637f73681a372b461519c38ef3ab9f8e1b",
            "0x32e0556aeC41a34C3002a264f4694193EBCf44F7",
        ),
    ];

    /// Half of the order of secp256k1, rounded down (SEC 2): the largest low s.
    const HALF: &str = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";

    fn read(text: &str) -> Result<WalletSignature, String> {
        WalletSignature::from_text(text)
    }

    #[test]
    fn signatures_of_other_libraries_name_their_signer() {
        for (text, signature, address) in KNOWN {
            let signature = read(signature).unwrap();
            assert_eq!(signature.signer(text).unwrap().to_string(), address);
            let other = signature.signer(&format!("{text} "));
            assert_ne!(other.map(|one| one.to_string()).as_deref(), Some(address), "another text");
        }
    }

    #[test]
    fn v_counts_from_zero_or_from_27() {
        let (text, signature, address) = KNOWN[0];
        let (numbers, _) = signature.split_at(130);
        for (v, right) in [("1c", true), ("01", true), ("1b", false), ("00", false)] {
            let signer = read(&format!("{numbers}{v}")).unwrap().signer(text).map(|one| one.to_string());
            assert_eq!(signer.as_deref() == Some(address), right, "{v}");
        }
        for v in ["02", "1a", "1d", "25", "26", "ff"] {
            assert!(read(&format!("{numbers}{v}")).unwrap_err().contains("v of 27 or 28"), "{v}");
        }
    }

    #[test]
    fn of_the_two_values_of_s_only_the_lower_is_taken() {
        let order =
            U256::from_str_radix("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
                .unwrap();
        for (_, signature, _) in KNOWN {
            let (r, rest) = signature.split_at(66);
            let (s, v) = rest.split_at(64);
            let high = order - U256::from_str_radix(s, 16).unwrap();
            let flipped = if v == "1b" { "1c" } else { "1b" };
            assert!(read(&format!("{r}{high:064x}{flipped}")).unwrap_err().contains("EIP-2"));
        }
        let (r, _) = KNOWN[0].1.split_at(66);
        assert!(read(&format!("{r}{HALF}1b")).is_ok());
        let above = U256::from_str_radix(HALF, 16).unwrap() + U256::from(1);
        assert!(read(&format!("{r}{above:064x}1b")).is_err());
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let (r, rest) = KNOWN[0].1.split_at(66);
        let (zero, all) = ("0".repeat(64), "f".repeat(64));
        let (long, short) = (format!("{r}{rest}00"), format!("{r}{}", rest.split_at(64).0));
        for wrong in ["", "0x", &long, &short, &KNOWN[0].1.replace("0x", ""), &KNOWN[0].1.replace('b', "g")] {
            assert!(read(wrong).unwrap_err().contains("130 hexadecimal digits"), "{wrong}");
        }
        assert!(read(&format!("0x{zero}{rest}")).is_err() && read(&format!("{r}{zero}1b")).is_err());
        // No point on the curve has an x as large as this.
        let nobodys = read(&format!("0x{all}{rest}")).unwrap();
        assert_eq!(nobodys.signer(KNOWN[0].0), None);
    }
}
