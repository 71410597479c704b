//! Members of tenants, and their roles.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    Result,
    ids::{TenantId, UserId},
};

use crate::Connection;

rows! {
    /// A member of a tenant.
    #[derive(Debug, Clone)]
    pub struct Member {
        /// Id of the user.
        pub id: UserId,
        /// E-mail address.
        pub email: String,
        /// When they joined.
        pub joined_at: DateTime<Utc>,
        /// Their roles, sorted.
        pub roles: Vec<String>,
    }

    /// What ended together with a membership.
    #[derive(Clone)]
    pub struct EndedWith {
        /// Redis keys of sessions and API keys.
        pub marks: Vec<String>,
        /// Number of API keys.
        pub api_keys: i64,
        /// Number of invitations, both from and to them.
        pub invitations: i64,
    }
}

statements! { "identity";
    /// The members of the connection's tenant.
    page members() -> Member, by "u.id" ("uuid": UserId);

    /// One of them.
    optional member(user: UserId) -> Member;

    /// Whether somebody is a member of the connection's tenant.
    one is_member(user: UserId) -> bool;

    /// The roles of a member of the connection's tenant, sorted; nothing if they are not a member.
    optional roles_of(user: UserId) -> Vec<String>;

    /// Number of owners of the connection's tenant besides a user.
    one count_other_owners(user: UserId) -> i64;

    /// The roles that can be assigned in a kind of tenant.
    all assignable_roles(tenant_kind: &str) -> String;

    /// Makes somebody a member, without roles at first.
    execute insert_membership(tenant: TenantId, user: UserId);

    /// Gives a member additional roles.
    execute give_roles(tenant: TenantId, user: UserId, roles: &[&str]);

    /// Removes all roles from a member of the connection's tenant.
    execute clear_roles(user: UserId);

    /// Ends a membership of the connection's tenant.
    execute delete_membership(user: UserId);

    /// What ended with a membership in this transaction, which has a single time.
    one ended_with_membership(user: UserId) -> EndedWith;
}

/// Makes somebody a member, if they are not yet, and gives them additional roles.
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

/// Replaces the roles of a member of the connection's tenant.
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

/// Ends a membership of the connection's tenant. Everything the member has created ends with it, by the trigger
/// `membership_ended`, which also queues the marks; this returns what that was.
///
/// # Errors
/// Those of the connection.
pub async fn end(db: &impl Connection, user: UserId) -> Result<EndedWith> {
    delete_membership(db, user).await?;
    ended_with_membership(db, user).await
}
