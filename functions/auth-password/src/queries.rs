//! All SQL of this component.

use fundrail_domain::text::Email;
use fundrail_platform::{
    Result,
    db::{Db, on_constraint},
    params,
};
use uuid::Uuid;

use crate::register::email_taken;

/// An account, as sign-in sees it.
pub(crate) struct Account {
    pub(crate) user_id: Uuid,
    pub(crate) password_hash: String,
    /// The tenant to sign in to; none for who is a member nowhere any more.
    pub(crate) tenant_id: Option<Uuid>,
    pub(crate) has_mfa: bool,
}

pub(crate) async fn find_credentials(db: &Db, email: &Email) -> Result<Option<Account>> {
    const SQL: &str = "select user_id, password_hash, tenant_id, has_mfa from auth_find_credentials($1)";
    db.optional(SQL, params![email.as_str()], |row| {
        Ok(Account {
            user_id: row.get("user_id")?,
            password_hash: row.get("password_hash")?,
            tenant_id: row.get("tenant_id")?,
            has_mfa: row.get("has_mfa")?,
        })
    })
    .await
}

pub(crate) async fn insert_tenant(db: &Db, id: Uuid, name: &str, kind: &str) -> Result<()> {
    const SQL: &str = "insert into tenant (id, name, kind) values ($1, $2, $3)";
    db.execute(SQL, params![id, name, kind]).await.map(drop)
}

pub(crate) async fn insert_user(db: &Db, id: Uuid, email: &Email) -> Result<()> {
    const SQL: &str = "insert into app_user (id, email) values ($1, $2)";
    let inserted = db.execute(SQL, params![id, email.as_str()]).await;
    inserted.map(drop).map_err(on_constraint("app_user_email", email_taken))
}

pub(crate) async fn insert_password(db: &Db, user: Uuid, hash: &str) -> Result<()> {
    const SQL: &str = "insert into user_password (user_id, hash) values ($1, $2)";
    db.execute(SQL, params![user, hash]).await.map(drop)
}

pub(crate) async fn update_password(db: &Db, user: Uuid, hash: &str) -> Result<()> {
    const SQL: &str = "update user_password set hash = $2, changed_at = now() where user_id = $1";
    db.execute(SQL, params![user, hash]).await.map(drop)
}

pub(crate) async fn insert_membership(db: &Db, tenant: Uuid, user: Uuid) -> Result<()> {
    const SQL: &str = "insert into membership (tenant_id, user_id) values ($1, $2)";
    db.execute(SQL, params![tenant, user]).await.map(drop)
}

pub(crate) async fn insert_role(db: &Db, tenant: Uuid, user: Uuid, role: &str) -> Result<()> {
    const SQL: &str = "insert into membership_role (tenant_id, user_id, role) values ($1, $2, $3)";
    db.execute(SQL, params![tenant, user, role]).await.map(drop)
}
