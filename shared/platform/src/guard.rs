//! The guard: who calls, and may they.

use std::collections::BTreeSet;

use fundrail_domain::{Error, Result};
use http::request::Parts;
use uuid::Uuid;

use crate::{Route, route::Access};

/// Who has been let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The tenant that they act for.
    pub tenant_id: Uuid,
    /// The person; none for a machine.
    pub user_id: Option<Uuid>,
    /// The machine's key; none for a person.
    pub api_key_id: Option<Uuid>,
    /// The sign-in; none for a machine.
    pub session_id: Option<Uuid>,
    /// Roles in the tenant.
    pub roles: Vec<String>,
    /// What the roles, or the scopes of the key, allow.
    pub permissions: BTreeSet<String>,
}

impl Principal {
    /// Refuses who lacks a permission.
    ///
    /// # Errors
    /// [`Error::Forbidden`] naming it.
    pub fn require(&self, permission: &'static str) -> Result<()> {
        if self.permissions.contains(permission) {
            Ok(())
        } else {
            Err(Error::Forbidden { permission: permission.into() })
        }
    }
}

/// Where a caller stands within their limit, for the `RateLimit` headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateState {
    /// The class of the route.
    pub class: &'static str,
    /// Requests allowed a window.
    pub limit: u64,
    /// Seconds of the window.
    pub window: u64,
    /// Requests left.
    pub remaining: u64,
    /// Seconds until all are there again.
    pub reset: u64,
}

/// What the guard found out.
pub(crate) struct Admission {
    pub(crate) principal: Option<Principal>,
    pub(crate) rate: Option<RateState>,
}

/// Lets a request in, or not.
pub(crate) async fn admit(head: &Parts, route: &Route, client_address: Option<&str>) -> Result<Admission> {
    let _ = (head, client_address);
    match route.access {
        Access::Public => Ok(Admission { principal: None, rate: None }),
        Access::SignedIn | Access::Permission(_) => Err(Error::unauthenticated("no token")),
    }
}
