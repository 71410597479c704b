//! Using up an invitation, either signed in or with a password.
//!
//! An invitation grants what its sender may grant now, not what they could when they wrote it. Whoever changes the members of a
//! tenant locks the tenant, and so does this: a sender who is removed at the same moment is removed before or after.

use fundrail_domain::{
    Result,
    auth::roles::Giver,
    ids::{InvitationId, UserId},
};
use fundrail_platform::db::Db;
use fundrail_store::identity::{
    invitations::{giver, use_invitation},
    tenants::hold_tenant,
};

/// What an invitation has granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The roles.
    pub roles: Vec<String>,
    /// User who sent it.
    pub by: UserId,
}

/// Uses up an open invitation of the connection's tenant. Call it first in a transaction: of several at once, all but one get the
/// same result.
///
/// Nothing if it is no longer open, or its sender may no longer grant these roles: then the transaction must be rolled back.
pub async fn use_up(db: &Db, id: InvitationId) -> Result<Option<Given>> {
    hold_tenant(db).await?;
    let Some(used) = use_invitation(db, id).await? else { return Ok(None) };
    let row = giver(db, used.invited_by).await?;
    let giver = Giver { roles: row.roles, permissions: row.permissions };
    let may_give = giver.may_give(&used.roles, &row.assignable);
    Ok(may_give.then_some(Given { roles: used.roles, by: used.invited_by }))
}
