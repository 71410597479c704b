//! Tenants.

use fundrail_domain::ids::TenantId;

rows! {
    /// A tenant.
    #[derive(Debug, Clone)]
    pub struct Tenant {
        /// Its id.
        pub id: TenantId,
        /// Its name.
        pub name: String,
        /// `institution` or `issuer`.
        pub kind: String,
        /// Whether it demands a second factor of everybody.
        pub mfa_required: bool,
    }

    /// A tenant of a user.
    #[derive(Debug, Clone)]
    pub struct OwnTenant {
        /// Its id.
        pub id: TenantId,
        /// Its name.
        pub name: String,
        /// `institution` or `issuer`.
        pub kind: String,
        /// The roles of the user in it, sorted.
        pub roles: Vec<String>,
    }
}

statements! { "identity";
    /// The tenants of the user of this connection, by name.
    all own_tenants() -> OwnTenant;

    /// The first of them: in its trail goes what is about the user, and about no tenant.
    optional first_tenant() -> TenantId;

    /// Makes a tenant.
    execute insert_tenant(id: TenantId, name: &str, kind: &str);

    /// The tenant, locked until the transaction ends: who belongs to it, and as what, does not change meanwhile.
    one lock_tenant(id: TenantId) -> Tenant;

    /// Gives a tenant another name, and has it demand a second factor or not.
    execute change_tenant(id: TenantId, name: &str, mfa_required: bool);

    /// Locks the tenant of this connection, as [`lock_tenant`] does.
    execute hold_tenant();
}
