//! Tenants.

use fundrail_domain::ids::TenantId;

rows! {
    /// A tenant.
    #[derive(Debug, Clone)]
    pub struct Tenant {
        /// The id.
        pub id: TenantId,
        /// Name.
        pub name: String,
        /// `institution` or `issuer`.
        pub kind: String,
        /// Whether every member must have a second factor.
        pub mfa_required: bool,
    }

    /// A tenant of a user.
    #[derive(Debug, Clone)]
    pub struct OwnTenant {
        /// The id.
        pub id: TenantId,
        /// Name.
        pub name: String,
        /// `institution` or `issuer`.
        pub kind: String,
        /// The roles of the user in it, sorted.
        pub roles: Vec<String>,
    }
}

statements! { "identity";
    /// The tenants of the connection's user, by name.
    all own_tenants() -> OwnTenant;

    /// The first of them: its trail records what concerns the user and no particular tenant.
    optional first_tenant() -> TenantId;

    /// Creates a tenant.
    execute insert_tenant(id: TenantId, name: &str, kind: &str);

    /// The tenant, locked until the transaction ends: its members and their roles do not change in the meantime.
    one lock_tenant(id: TenantId) -> Tenant;

    /// Changes the tenant's name, and whether it requires a second factor.
    execute change_tenant(id: TenantId, name: &str, mfa_required: bool);

    /// Locks the connection's tenant, like [`lock_tenant`].
    execute hold_tenant();
}
