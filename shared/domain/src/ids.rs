//! Typed ids: UUIDv7 (RFC 9562), so that ids sort by creation and ids of different kinds cannot be confused.

/// Declares a newtype over [`uuid::Uuid`] with parsing, display and serde in its canonical text form.
#[macro_export]
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub ::uuid::Uuid);

        impl ::std::convert::From<::uuid::Uuid> for $name {
            fn from(id: ::uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = &'static str;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                ::fundrail_kit::input::parse_uuid(text).map(Self)
            }
        }

        impl $crate::input::FromText for $name {
            fn from_text(text: &str) -> Result<Self, String> {
                text.parse().map_err(str::to_owned)
            }
        }
    };
}

typed_id!(/// An institution or an issuer.
    TenantId);
typed_id!(/// A person who signs in.
    UserId);
typed_id!(/// One sign-in of a user on one device.
    SessionId);
typed_id!(/// A fund.
    FundId);
typed_id!(/// A class of shares of a fund.
    ShareClassId);
typed_id!(/// An issuer of funds.
    IssuerId);
typed_id!(/// Somebody who wants to hold shares.
    InvestorId);
typed_id!(/// A compliance decision.
    DecisionId);
typed_id!(/// An escrow.
    EscrowId);
typed_id!(/// A unit of background work.
    JobId);
typed_id!(/// The key of a machine.
    ApiKeyId);
typed_id!(/// An invitation to a tenant.
    InvitationId);
typed_id!(/// An e-mail in the outbox.
    NotificationId);
typed_id!(/// An owner of an organisation who is no investor.
    OwnerId);
typed_id!(/// A wallet of an investor.
    WalletId);
typed_id!(/// What the holder of a wallet is asked to sign.
    WalletChallengeId);
typed_id!(/// Something that has a price.
    AssetId);
typed_id!(/// A version of a net asset value, once published.
    NavId);
typed_id!(/// A net asset value that awaits a second person.
    NavProposalId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        assert!("0198c0de-0000-7000-8000-000000000001".parse::<FundId>().is_ok());
        for wrong in ["", "0198c0de000070008000000000000001", "{0198c0de-0000-7000-8000-000000000001}", "x"] {
            assert!(wrong.parse::<FundId>().is_err(), "{wrong}");
        }
    }
}
