//! Authority at the moment of use.
//!
//! The guard looks at the head of a request. Its body may take long, and in the meantime its sender may be signed out, demoted or
//! removed, and their key revoked. So every transaction that acts for a caller begins by checking again, under locks on the
//! relevant rows (`authority_hold`): somebody revoked earlier gets no further, and a revocation waits for the end of the
//! transaction.

use std::collections::BTreeSet;

use fundrail_api::endpoint::{Access, Changes};
use fundrail_domain::{Error, Result};
use fundrail_platform::{Principal, db::Db, guard::Caller};
use fundrail_store::identity::authority::hold_authority;

use crate::guard::require_access;

/// As named by `authority_hold`.
fn name_of(changes: Changes) -> Option<&'static str> {
    match changes {
        Changes::Neither => None,
        Changes::People => Some("people"),
        Changes::SignIn => Some("sign_in"),
        Changes::Account => Some("account"),
    }
}

/// Checks a caller again, and locks the result until the transaction of `db` ends.
///
/// # Errors
/// [`Error::Unauthenticated`] if the session or key has ended, [`Error::Forbidden`] if it permits less than it did.
pub(crate) async fn hold(caller: &Caller, db: &Db) -> Result<()> {
    let Caller { principal, endpoint } = caller;
    let Principal { tenant_id, user_id, session_id, api_key_id, .. } = **principal;
    let now =
        hold_authority(db, tenant_id, user_id, session_id, api_key_id, name_of(endpoint.changes)).await?;
    let now = now
        .ok_or_else(|| Error::unauthenticated("the session or key ended while the request was under way"))?;
    still_holds(principal, endpoint.access, &now.roles, &now.permissions.into_iter().collect())
}

/// Compares it with what the guard saw: the handler has based its decisions on that.
fn still_holds(
    seen: &Principal,
    access: Access,
    roles: &[String],
    permissions: &BTreeSet<String>,
) -> Result<()> {
    require_access(access, permissions)?;
    let lost =
        seen.roles.iter().any(|role| !roles.contains(role)) || !seen.permissions.is_subset(permissions);
    if lost { Err(Error::Forbidden { permission: "roles that were taken meanwhile".into() }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use fundrail_domain::ids::TenantId;
    use fundrail_platform::Tenant;

    use super::*;

    fn seen() -> Principal {
        let tenant_id = TenantId(uuid::Uuid::nil());
        Principal {
            tenant_id,
            user_id: None,
            session_id: None,
            api_key_id: None,
            roles: vec!["admin".to_owned(), "viewer".to_owned()],
            permissions: ["a", "b"].map(str::to_owned).into(),
            user: None,
            tenant: Tenant {
                id: tenant_id,
                name: String::new(),
                kind: "institution".to_owned(),
                mfa_required: false,
            },
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
            still_holds(&seen(), access, &roles, &permissions).is_ok()
        };
        let all = ["admin", "viewer", "owner"];
        assert!(decide(Access::SignedIn, now(&all, &["a", "b", "c"])));
        assert!(decide(Access::Permission("a"), now(&all, &["a", "b"])));
        assert!(!decide(Access::Permission("a"), now(&all, &["b"])));
        assert!(!decide(Access::SignedIn, now(&["viewer"], &["a", "b"])));
        assert!(!decide(Access::SignedIn, now(&all, &["a"])));
    }
}
