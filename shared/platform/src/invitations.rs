//! Using up an invitation: by whoever is signed in, or by a password.
//!
//! An invitation gives what its giver could give now, not what they could when they wrote it. Whoever changes the people of
//! a tenant holds the tenant, and so does this: a giver who is removed at the same moment is removed before or after.

use fundrail_domain::{Result, auth::roles::Giver, ids::UserId};
use fundrail_store::identity::{
    invitations::{giver, use_invitation},
    tenants::hold_tenant,
};
use uuid::Uuid;

use crate::db::Db;

/// What an invitation has given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The roles.
    pub roles: Vec<String>,
    /// Who gave them.
    pub by: Uuid,
}

/// Uses up an open invitation of the tenant of this connection. Call it first in a transaction: of many at once all but one
/// hear the same.
///
/// Nothing when it is over, or its giver may not give these roles any more: then the transaction is to be taken back.
pub async fn use_up(db: &Db, id: Uuid) -> Result<Option<Given>> {
    hold_tenant(db).await?;
    let Some(used) = use_invitation(db, id).await? else { return Ok(None) };
    let UserId(by) = used.invited_by;
    let row = giver(db, used.invited_by).await?;
    let giver = Giver { roles: row.roles, permissions: row.permissions };
    let may_give = giver.may_give(&used.roles, &row.assignable);
    Ok(may_give.then_some(Given { roles: used.roles, by }))
}
