//! SQL of the jobs of sign-in and audit.

use fundrail_platform::{Result, db::Db, params, secrets::Sealed};
use uuid::Uuid;

/// Somebody with an account.
pub(crate) struct Account {
    pub(crate) user: Uuid,
    /// The tenant in whose trail and outbox it goes; none for who is a member nowhere.
    pub(crate) tenant: Option<Uuid>,
}

/// Whose an address is.
pub(crate) async fn find_user(db: &Db, email: &str) -> Result<Option<Account>> {
    db.optional("select user_id, tenant_id from auth_find_user($1)", params![email], |row| {
        Ok(Account { user: row.get("user_id")?, tenant: row.get("tenant_id")? })
    })
    .await
}

/// A ciphertext and where it stands.
pub(crate) struct Stored {
    /// `signing_key`, `totp`, `notification`: also how its place begins.
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) sealed: Sealed,
}

/// Ciphertexts of other keys than the current one.
pub(crate) async fn to_reencrypt(db: &Db, current_key: &str, wanted: i32) -> Result<Vec<Stored>> {
    const SQL: &str = "select kind, id, sealed, key_id from secrets_to_reencrypt($1, $2)";
    db.query(SQL, params![current_key, wanted], |row| {
        let sealed = Sealed { key_id: row.get("key_id")?, text: row.get("sealed")? };
        Ok(Stored { kind: row.get("kind")?, id: row.get("id")?, sealed })
    })
    .await
}

/// Puts a new ciphertext in place, unless the old one has changed meanwhile.
pub(crate) async fn reencrypted(db: &Db, old: &Stored, new: &Sealed) -> Result<bool> {
    const SQL: &str = "select secrets_reencrypted($1, $2, $3, $4, $5) as done";
    let parameters = params![&old.kind, &old.id, &old.sealed.text, &new.text, &new.key_id];
    db.one(SQL, parameters, |row| row.get("done")).await
}

/// Forgets what has run out of sessions and links.
pub(crate) async fn prune_identity(db: &Db) -> Result<()> {
    db.one("select auth_prune()", params![], |_| Ok(())).await
}
