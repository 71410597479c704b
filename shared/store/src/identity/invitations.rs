//! Invitations into a tenant.

use fundrail_domain::ids::{TenantId, UserId};
use uuid::Uuid;

rows! {
    /// An open invitation, and the account of its address if there is one.
    pub struct OpenInvitation {
        /// Into which tenant.
        pub tenant_id: TenantId,
        /// Its id.
        pub id: Uuid,
        /// To whom.
        pub email: String,
        /// Whose account it is.
        pub user_id: Option<UserId>,
        /// The hash of the account's password.
        pub password_hash: Option<String>,
        /// Which password of theirs it is.
        pub password_version: Option<i64>,
    }
}

statements! { "identity";
    /// The open invitation of a link, into whichever tenant.
    optional find_invitation(token_hash: &str) -> OpenInvitation;
}
