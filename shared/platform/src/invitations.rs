//! Using up an invitation: by whoever is signed in, or by a password.
//!
//! An invitation gives what its giver could give now, not what they could when they wrote it. Whoever changes the people of
//! a tenant holds the tenant, and so does this: a giver who is removed at the same moment is removed before or after.

use fundrail_domain::{Result, auth::roles::Giver};
use uuid::Uuid;

use crate::{
    db::{Db, Row},
    params,
};

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
    const HOLD: &str = "select id from tenant where id = app_tenant_id() for no key update";
    const USE: &str = "update invitation set accepted_at = now() \
        where id = $1 and accepted_at is null and revoked_at is null and expires_at > now() returning roles, invited_by";
    const GIVER: &str = "select t.kind, \
            array(select r.role from membership_role r where r.tenant_id = t.id and r.user_id = $1) as roles, \
            array(select p.permission from membership_role r join role_permission p on p.role = r.role \
                  where r.tenant_id = t.id and r.user_id = $1) as permissions, \
            array(select o.name from role o where o.assignable and (o.tenant_kind is null or o.tenant_kind = t.kind)) \
                as assignable \
        from tenant t where t.id = app_tenant_id()";
    db.query(HOLD, params![], |_| Ok(())).await?;
    let used = db.optional(USE, params![id], |row| {
        Ok(Given { roles: row.texts("roles")?, by: row.get("invited_by")? })
    });
    let Some(invitation) = used.await? else { return Ok(None) };
    let read = |row: &Row| {
        let (roles, permissions) = (row.texts("roles")?, row.texts("permissions")?);
        Ok((Giver { roles, permissions }, row.texts("assignable")?))
    };
    let (giver, assignable) = db.one(GIVER, params![invitation.by], read).await?;
    Ok(giver.may_give(&invitation.roles, &assignable).then_some(invitation))
}
