//! Typed ids, as parameters and as columns: each is a `uuid`.

use fundrail_domain::ids;
use uuid::Uuid;

use crate::{Field, IntoParameter, Type, Value};

macro_rules! typed_ids {
    ($($id:ident),* $(,)?) => {$(
        impl IntoParameter for ids::$id {
            const TYPE: Type = Type::Uuid;
            fn into_parameter(self) -> Value {
                Value::Uuid(self.0)
            }
        }

        impl Field for ids::$id {
            const TYPE: Type = Type::Uuid;
            fn read(value: Value) -> Result<Self, String> {
                Uuid::read(value).map(Self)
            }
        }
    )*};
}
typed_ids!(
    TenantId,
    UserId,
    SessionId,
    FundId,
    ShareClassId,
    IssuerId,
    InvestorId,
    DecisionId,
    EscrowId,
    JobId,
    ApiKeyId,
    InvitationId,
    NotificationId,
    OwnerId,
    WalletId,
    WalletChallengeId,
    AssetId,
    NavId,
    NavProposalId
);
