//! Who belongs to a tenant, and as what.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    Result,
    ids::{TenantId, UserId},
};
use uuid::Uuid;

use crate::Connection;

rows! {
    /// Somebody in a tenant.
    #[derive(Debug, Clone)]
    pub struct Member {
        /// The user's id.
        pub id: UserId,
        /// Their address.
        pub email: String,
        /// Since when.
        pub joined_at: DateTime<Utc>,
        /// Their roles, sorted.
        pub roles: Vec<String>,
    }

    /// What ended with a membership.
    #[derive(Clone)]
    pub struct EndedWith {
        /// Keys in Redis of sessions and API keys.
        pub marks: Vec<String>,
        /// How many API keys.
        pub api_keys: i64,
        /// How many invitations: those that they have made, and those that were made to them.
        pub invitations: i64,
    }
}

statements! { "identity";
    /// The members of the tenant of this connection.
    page members() -> Member, by "u.id" ("uuid": Uuid);

    /// One of them.
    optional member(user: UserId) -> Member;

    /// Whether somebody is a member of the tenant of this connection.
    one is_member(user: UserId) -> bool;

    /// The roles of a member of the tenant of this connection, sorted; nothing for who is none.
    optional roles_of(user: UserId) -> Vec<String>;

    /// Owners of the tenant of this connection besides a user.
    one count_other_owners(user: UserId) -> i64;

    /// The roles that may be given in a tenant of a kind.
    all assignable_roles(tenant_kind: &str) -> String;

    /// Makes somebody a member, who has no role yet.
    execute insert_membership(tenant: TenantId, user: UserId);

    /// Gives a member roles besides those that they have.
    execute give_roles(tenant: TenantId, user: UserId, roles: &[&str]);

    /// Takes all roles from a member of the tenant of this connection.
    execute clear_roles(user: UserId);

    /// Ends a membership, in the tenant of this connection.
    execute delete_membership(user: UserId);

    /// What has ended with a membership in this transaction, whose time is one.
    one ended_with_membership(user: UserId) -> EndedWith;
}

/// Makes somebody a member, if they are none yet, and gives them roles besides those that they have.
///
/// # Errors
/// Those of the connection.
pub async fn add(
    db: &impl Connection,
    tenant: TenantId,
    user: UserId,
    roles: &[impl AsRef<str>],
) -> Result<()> {
    insert_membership(db, tenant, user).await?;
    let roles: Vec<&str> = roles.iter().map(AsRef::as_ref).collect();
    give_roles(db, tenant, user, &roles).await.map(drop)
}

/// Gives a member of the tenant of this connection other roles than they have.
///
/// # Errors
/// Those of the connection.
pub async fn replace_roles(
    db: &impl Connection,
    tenant: TenantId,
    user: UserId,
    roles: &[String],
) -> Result<()> {
    clear_roles(db, user).await?;
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    give_roles(db, tenant, user, &roles).await.map(drop)
}

/// Ends a membership, in the tenant of this connection. What the member has made ends with it, by the trigger
/// `membership_ended`, which also queues the marks: this says what that was.
///
/// # Errors
/// Those of the connection.
pub async fn end(db: &impl Connection, user: UserId) -> Result<EndedWith> {
    delete_membership(db, user).await?;
    ended_with_membership(db, user).await
}
