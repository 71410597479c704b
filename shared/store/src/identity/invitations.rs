//! Invitations into a tenant.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    Error, Result,
    ids::{TenantId, UserId},
};
use uuid::Uuid;

use crate::{Connection, on_constraint};

rows! {
    /// An invitation, open or over.
    #[derive(Debug, Clone)]
    pub struct Invitation {
        /// Its id.
        pub id: Uuid,
        /// To whom.
        pub email: String,
        /// What they will be.
        pub roles: Vec<String>,
        /// By whom.
        pub invited_by: UserId,
        /// When.
        pub created_at: DateTime<Utc>,
        /// Until when it can be accepted.
        pub expires_at: DateTime<Utc>,
        /// When it was accepted.
        pub accepted_at: Option<DateTime<Utc>>,
        /// When it was taken back.
        pub revoked_at: Option<DateTime<Utc>>,
    }

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

    /// What an invitation gives.
    #[derive(Debug, Clone)]
    pub struct UsedInvitation {
        /// What its receiver will be.
        pub roles: Vec<String>,
        /// Who gave it.
        pub invited_by: UserId,
    }

    /// What the giver of an invitation is now.
    #[derive(Debug, Clone)]
    pub struct GiverRow {
        /// Their roles.
        pub roles: Vec<String>,
        /// What those allow.
        pub permissions: Vec<String>,
        /// The roles that can be given in this kind of tenant.
        pub assignable: Vec<String>,
    }
}

parameters! {
    /// An invitation that is made.
    pub struct NewInvitation<'a> {
        /// Into which tenant.
        pub tenant_id: TenantId,
        /// Its id.
        pub id: Uuid,
        /// To whom.
        pub email: &'a str,
        /// What they will be.
        pub roles: &'a [String],
        /// By whom.
        pub invited_by: UserId,
        /// The hash of the token in its link.
        pub token_hash: &'a str,
        /// When.
        pub created_at: DateTime<Utc>,
        /// Until when it can be accepted.
        pub expires_at: DateTime<Utc>,
    }
}

statements! { "identity";
    /// The open invitations of the tenant of this connection.
    page open_invitations() -> Invitation, by "id" ("uuid": Uuid);

    /// An invitation of the tenant of this connection.
    optional invitation(id: Uuid) -> Invitation;

    /// The open invitation of a link, into whichever tenant.
    optional find_invitation(token_hash: &str) -> OpenInvitation;

    /// How many seconds ago the tenant of this connection has invited an address within the last day, the newest first.
    all ages_of_invitations(email: &str) -> i64;

    /// Makes an invitation, by [`create`], which knows what a second one means.
    execute insert_invitation { invitation: NewInvitation<'_> };

    /// Takes an open invitation back; none when there is none such.
    execute revoke_invitation(id: Uuid);

    /// Takes back what has run out: it makes room for a new one to the same address.
    execute revoke_expired_invitations(email: &str);

    /// Takes back the open invitations that a member could not give any more with the roles that they have now.
    execute revoke_invitations_beyond(user: UserId);

    /// Takes back the open invitations to a member that would give them more than the roles that they are to have now: these were
    /// decided upon later.
    execute revoke_invitations_to(user: UserId, roles: &[String]);

    /// Uses up an open invitation of the tenant of this connection; nothing when it is over.
    optional use_invitation(id: Uuid) -> UsedInvitation;

    /// What the giver of an invitation could give now, in the tenant of this connection.
    one giver(user: UserId) -> GiverRow;
}

/// Makes an invitation.
///
/// # Errors
/// [`Error::Conflict`] `invitation_open` when an open one to this address is there already, and those of the connection.
pub async fn create(db: &impl Connection, invitation: NewInvitation<'_>) -> Result<()> {
    let open =
        || Error::conflict("invitation_open", "there is an open invitation to this address: revoke it first");
    let made = insert_invitation(db, invitation).await;
    made.map(drop).map_err(on_constraint("invitation_open_once", open))
}
