//! Who has been let in, as the guard tells handlers.

use std::collections::BTreeSet;

use fundrail_domain::{
    Error, Result,
    ids::{ApiKeyId, SessionId, TenantId, UserId},
};
use serde::{Deserialize, Serialize};

use crate::{audit::Actor, db::Identity};

/// Who has been let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The tenant that they act for.
    pub tenant_id: TenantId,
    /// The person; `None` for a machine.
    pub user_id: Option<UserId>,
    /// The machine's key; `None` for a person.
    pub api_key_id: Option<ApiKeyId>,
    /// The session; `None` for a machine.
    pub session_id: Option<SessionId>,
    /// Roles in the tenant.
    pub roles: Vec<String>,
    /// What the roles, or the scopes of the key, permit.
    pub permissions: BTreeSet<String>,
    /// What is known of the person.
    pub user: Option<User>,
    /// What is known of the tenant.
    pub tenant: Tenant,
}

/// What is known about a person without asking again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// E-mail address.
    pub email: String,
    /// Whether it is verified.
    pub email_verified: bool,
    /// Whether they have a second factor.
    pub mfa: bool,
}

/// What is known about a tenant without asking again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// The id.
    pub id: TenantId,
    /// The name.
    pub name: String,
    /// `institution` or `issuer`.
    pub kind: String,
    /// Whether every member must have a second factor.
    pub mfa_required: bool,
}

impl Principal {
    /// Refuses a caller who lacks a permission.
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

    /// The person.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a machine: personal matters need a person.
    pub fn person(&self) -> Result<(UserId, SessionId)> {
        match (self.user_id, self.session_id) {
            (Some(user), Some(session)) => Ok((user, session)),
            _ => Err(Error::Forbidden { permission: "a user's session".into() }),
        }
    }

    /// Whom the database connection acts for.
    pub fn identity(&self) -> Identity {
        Identity { tenant: Some(self.tenant_id), user: self.user_id }
    }

    /// The actor, for the audit trail.
    pub fn actor(&self) -> Actor {
        match (self.api_key_id, self.user_id) {
            (Some(key), _) => Actor::ApiKey(key),
            (None, Some(user)) => Actor::User(user),
            (None, None) => Actor::System,
        }
    }
}
