//! Invitations into a tenant.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    Error, Result,
    ids::{InvitationId, TenantId, UserId},
};

use crate::{Connection, on_constraint};

rows! {
    /// An invitation, whether or not still open.
    #[derive(Debug, Clone)]
    pub struct Invitation {
        /// The id.
        pub id: InvitationId,
        /// Address of the invited person.
        pub email: String,
        /// Roles that it grants.
        pub roles: Vec<String>,
        /// User who sent it.
        pub invited_by: UserId,
        /// When it was created.
        pub created_at: DateTime<Utc>,
        /// When it expires.
        pub expires_at: DateTime<Utc>,
        /// When it was accepted.
        pub accepted_at: Option<DateTime<Utc>>,
        /// When it was revoked.
        pub revoked_at: Option<DateTime<Utc>>,
    }

    /// An open invitation, and the account of its address if there is one.
    pub struct OpenInvitation {
        /// The tenant.
        pub tenant_id: TenantId,
        /// The id.
        pub id: InvitationId,
        /// Address of the invited person.
        pub email: String,
        /// The user with that account.
        pub user_id: Option<UserId>,
        /// Hash of the account's password.
        pub password_hash: Option<String>,
        /// Version of their password.
        pub password_version: Option<i64>,
    }

    /// What an invitation grants.
    #[derive(Debug, Clone)]
    pub struct UsedInvitation {
        /// Roles that it grants.
        pub roles: Vec<String>,
        /// User who sent it.
        pub invited_by: UserId,
    }

    /// The present state of an invitation's sender.
    #[derive(Debug, Clone)]
    pub struct GiverRow {
        /// Their roles.
        pub roles: Vec<String>,
        /// What those permit.
        pub permissions: Vec<String>,
        /// The roles that can be assigned in this kind of tenant.
        pub assignable: Vec<String>,
    }
}

parameters! {
    /// An invitation to be created.
    pub struct NewInvitation<'a> {
        /// The tenant.
        pub tenant_id: TenantId,
        /// The id.
        pub id: InvitationId,
        /// Address of the invited person.
        pub email: &'a str,
        /// Roles that it grants.
        pub roles: &'a [String],
        /// User who sent it.
        pub invited_by: UserId,
        /// Hash of the token in its link.
        pub token_hash: &'a str,
        /// When it was created.
        pub created_at: DateTime<Utc>,
        /// When it expires.
        pub expires_at: DateTime<Utc>,
    }
}

statements! { "identity";
    /// The open invitations of the connection's tenant.
    page open_invitations() -> Invitation, by "id" ("uuid": InvitationId);

    /// An invitation of the connection's tenant.
    optional invitation(id: InvitationId) -> Invitation;

    /// The open invitation of a link, to any tenant.
    optional find_invitation(token_hash: &str) -> OpenInvitation;

    /// How many seconds ago the connection's tenant has invited an address within the last day, newest first.
    all ages_of_invitations(email: &str) -> i64;

    /// Creates an invitation; used by [`create`], which knows what a second one means.
    execute insert_invitation { invitation: NewInvitation<'_> };

    /// Revokes an open invitation; none if there is no such one.
    execute revoke_invitation(id: InvitationId);

    /// Revokes expired invitations, to make room for a new one to the same address.
    execute revoke_expired_invitations(email: &str);

    /// Revokes the open invitations from a member that they could no longer send with their present roles.
    execute revoke_invitations_beyond(user: UserId);

    /// Revokes the open invitations to a member that would grant more than their new roles, which were decided upon later.
    execute revoke_invitations_to(user: UserId, roles: &[String]);

    /// Uses up an open invitation of the connection's tenant; nothing if it is no longer open.
    optional use_invitation(id: InvitationId) -> UsedInvitation;

    /// What the sender of an invitation could grant now, in the connection's tenant.
    one giver(user: UserId) -> GiverRow;
}

/// Creates an invitation.
///
/// # Errors
/// [`Error::Conflict`] `invitation_open` if there is already an open one to this address, and those of the connection.
pub async fn create(db: &impl Connection, invitation: NewInvitation<'_>) -> Result<()> {
    let open =
        || Error::conflict("invitation_open", "there is an open invitation to this address: revoke it first");
    let made = insert_invitation(db, invitation).await;
    made.map(drop).map_err(on_constraint("invitation_open_once", open))
}
