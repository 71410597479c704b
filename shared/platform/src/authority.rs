//! Authority at the moment of use.
//!
//! The guard looks at the head of a request. Its body may take long, and in the meantime its sender may be signed out, demoted or
//! removed, and their key revoked. So every transaction that acts for a caller begins by checking again, under locks on the
//! relevant rows (`authority_hold`): somebody revoked earlier gets no further, and a revocation waits for the end of the
//! transaction.

use std::collections::BTreeSet;

use fundrail_api::endpoint::{Access, Changes};
use fundrail_domain::{
    Error, Result,
    ids::{ApiKeyId, SessionId, TenantId, UserId},
};
use fundrail_store::identity::authority::hold_authority;

use crate::{Principal, db::Db, guard};

/// As named by `authority_hold`.
fn name_of(changes: Changes) -> Option<&'static str> {
    match changes {
        Changes::Neither => None,
        Changes::People => Some("people"),
        Changes::SignIn => Some("sign_in"),
        Changes::Account => Some("account"),
    }
}

/// What a request is based on: who asks, and what the guard has admitted them for.
#[derive(Debug, Clone)]
pub(crate) struct Authority {
    tenant: TenantId,
    user: Option<UserId>,
    session: Option<SessionId>,
    api_key: Option<ApiKeyId>,
    roles: Vec<String>,
    permissions: BTreeSet<String>,
    access: Access,
    changes: Changes,
}

impl Authority {
    /// Of a caller at a route.
    pub(crate) fn of(principal: &Principal, access: Access, changes: Changes) -> Self {
        Self {
            tenant: principal.tenant_id,
            user: principal.user_id,
            session: principal.session_id,
            api_key: principal.api_key_id,
            roles: principal.roles.clone(),
            permissions: principal.permissions.clone(),
            access,
            changes,
        }
    }

    /// Checks again, and locks the result until the transaction of `db` ends.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] if the session or key has ended, [`Error::Forbidden`] if it permits less than it did.
    pub(crate) async fn hold(&self, db: &Db) -> Result<()> {
        let Self { tenant, user, session, api_key, changes, .. } = *self;
        let now = hold_authority(db, tenant, user, session, api_key, name_of(changes)).await?;
        let now = now.ok_or_else(|| {
            Error::unauthenticated("the session or key ended while the request was under way")
        })?;
        self.still_holds(&now.roles, &now.permissions.into_iter().collect())
    }

    /// Compares it with what the guard saw: the handler has based its decisions on that.
    fn still_holds(&self, roles: &[String], permissions: &BTreeSet<String>) -> Result<()> {
        guard::require_access(self.access, permissions)?;
        let lost =
            self.roles.iter().any(|role| !roles.contains(role)) || !self.permissions.is_subset(permissions);
        if lost {
            Err(Error::Forbidden { permission: "roles that were taken meanwhile".into() })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority(access: Access) -> Authority {
        Authority {
            tenant: TenantId(uuid::Uuid::nil()),
            user: None,
            session: None,
            api_key: None,
            roles: vec!["admin".to_owned(), "viewer".to_owned()],
            permissions: ["a", "b"].map(str::to_owned).into(),
            access,
            changes: Changes::Neither,
        }
    }

    fn now(roles: &[&str], permissions: &[&str]) -> (Vec<String>, BTreeSet<String>) {
        (
            roles.iter().map(|role| (*role).to_owned()).collect(),
            permissions.iter().map(|permission| (*permission).to_owned()).collect(),
        )
    }

    #[test]
    fn what_is_gained_meanwhile_does_no_harm_and_what_is_lost_refuses() {
        let decide = |access, (roles, permissions): (Vec<String>, BTreeSet<String>)| {
            authority(access).still_holds(&roles, &permissions).is_ok()
        };
        let all = ["admin", "viewer", "owner"];
        assert!(decide(Access::SignedIn, now(&all, &["a", "b", "c"])));
        assert!(decide(Access::Permission("a"), now(&all, &["a", "b"])));
        assert!(!decide(Access::Permission("a"), now(&all, &["b"])));
        assert!(!decide(Access::SignedIn, now(&["viewer"], &["a", "b"])));
        assert!(!decide(Access::SignedIn, now(&all, &["a"])));
    }
}
