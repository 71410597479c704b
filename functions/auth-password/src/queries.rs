//! All SQL of this component.

use fundrail_domain::auth::lockout::{Failures, History};
use fundrail_platform::{
    Result,
    db::{Db, on_constraint},
    params, sessions,
};
use uuid::Uuid;

use crate::{attempts::Keys, register::email_taken};

/// An account, as sign-in sees it.
pub(crate) struct Account {
    pub(crate) user_id: Uuid,
    pub(crate) password_hash: String,
    pub(crate) password_version: i64,
    /// The tenant to sign in to; none for who is a member nowhere any more.
    pub(crate) tenant_id: Option<Uuid>,
    pub(crate) has_mfa: bool,
    /// Whether they have signed in from here before.
    pub(crate) address_known: bool,
}

pub(crate) async fn find_credentials(db: &Db, email: &str, address_hash: &str) -> Result<Option<Account>> {
    const SQL: &str = "select user_id, password_hash, password_version, tenant_id, has_mfa, address_known \
        from auth_find_credentials($1, $2)";
    db.optional(SQL, params![email, address_hash], |row| {
        Ok(Account {
            user_id: row.get("user_id")?,
            password_hash: row.get("password_hash")?,
            password_version: row.get("password_version")?,
            tenant_id: row.get("tenant_id")?,
            has_mfa: row.get("has_mfa")?,
            address_known: row.get("address_known")?,
        })
    })
    .await
}

/// What has failed before, with the rows locked until the transaction ends. Rows that are not there yet are made first, so
/// that there is something to lock, always in the same order, so that two tries cannot wait for each other.
pub(crate) async fn failures_for_update(db: &Db, keys: &Keys) -> Result<History> {
    const MAKE: &str = "insert into sign_in_failure (scope, key_hash, failures, last_failed_at) \
        select scope, key, 0, now() from unnest($1::text[], $2::text[]) as counter (scope, key) on conflict do nothing";
    const SQL: &str = "select scope, failures, extract(epoch from now() - last_failed_at)::bigint as age \
        from sign_in_failure where (scope, key_hash) in (select * from unnest($1::text[], $2::text[])) \
        order by scope for update";
    let (scopes, hashes) = keys.counters();
    db.execute(MAKE, params![scopes.clone(), hashes.clone()]).await?;
    let rows = db
        .query(SQL, params![scopes, hashes], |row| {
            let count = u32::try_from(row.get::<i32>("failures")?).unwrap_or(0);
            Ok((row.get::<String>("scope")?, Failures { count, age: row.get("age")? }))
        })
        .await?;
    let found = |scope: &str| rows.iter().find(|(name, _)| name == scope).map(|(_, failures)| *failures);
    let of = |scope: &str| found(scope).unwrap_or_default();
    Ok(History {
        pair: of("pair"),
        account: of("account"),
        address: of("address"),
        address_known: false,
        device: found("device"),
        person: found("person"),
    })
}

/// Counts one more failure; what is older than twelve hours is forgotten first.
pub(crate) async fn count_failure(db: &Db, keys: &Keys) -> Result<()> {
    const SQL: &str = "update sign_in_failure set last_failed_at = now(), \
            failures = case when last_failed_at < now() - interval '12 hours' then 1 else least(failures, 1000000) + 1 end \
        where (scope, key_hash) in (select * from unnest($1::text[], $2::text[]))";
    let (scopes, hashes) = keys.counters();
    db.execute(SQL, params![scopes, hashes]).await.map(drop)
}

/// Forgets the failures at an account; those of the address are only less by this one, since it may try other accounts.
pub(crate) async fn forget_failures(db: &Db, keys: &Keys) -> Result<()> {
    const SQL: &str = "update sign_in_failure \
        set failures = case scope when 'address' then greatest(failures - 1, 0) else 0 end \
        where (scope, key_hash) in (select * from unnest($1::text[], $2::text[]))";
    let (scopes, hashes) = keys.counters();
    db.execute(SQL, params![scopes, hashes]).await.map(drop)
}

pub(crate) async fn remember_address(db: &Db, user: Uuid, address_hash: &str) -> Result<()> {
    const SQL: &str = "insert into user_address (user_id, address_hash) values ($1, $2) \
        on conflict (user_id, address_hash) do update set last_seen_at = now()";
    db.execute(SQL, params![user, address_hash]).await.map(drop)
}

pub(crate) async fn insert_tenant(db: &Db, id: Uuid, name: &str, kind: &str) -> Result<()> {
    const SQL: &str = "insert into tenant (id, name, kind) values ($1, $2, $3)";
    db.execute(SQL, params![id, name, kind]).await.map(drop)
}

pub(crate) async fn insert_user(db: &Db, id: Uuid, email: &str, verified: bool) -> Result<()> {
    const SQL: &str = "insert into app_user (id, email, email_verified_at) \
        values ($1, $2, case when $3 then now() end)";
    let inserted = db.execute(SQL, params![id, email, verified]).await;
    inserted.map(drop).map_err(on_constraint("app_user_email", email_taken))
}

/// The first password of an account that was made just now; answers its version.
pub(crate) async fn insert_password(db: &Db, user: Uuid, hash: &str) -> Result<i64> {
    const SQL: &str = "insert into user_password (user_id, hash) values ($1, $2) returning version";
    db.one(SQL, params![user, hash], |row| row.get("version")).await
}

/// A new password in place of the one of a version; answers its own version, or nothing when there is another by now.
pub(crate) async fn replace_password(db: &Db, user: Uuid, hash: &str, before: i64) -> Result<Option<i64>> {
    const SQL: &str = "update user_password set hash = $2, version = version + 1, changed_at = now() \
        where user_id = $1 and version = $3 returning version";
    db.optional(SQL, params![user, hash, before], |row| row.get("version")).await
}

/// The same password, hashed anew: unless it is another one by now, or was hashed anew meanwhile.
pub(crate) async fn rewrite_hash(db: &Db, user: Uuid, new: &str, before: (&str, i64)) -> Result<()> {
    const SQL: &str = "update user_password set hash = $2 where user_id = $1 and hash = $3 and version = $4";
    db.execute(SQL, params![user, new, before.0, before.1]).await.map(drop)
}

/// The password of the user of this connection, and its version.
pub(crate) async fn own_password(db: &Db, user: Uuid) -> Result<Option<(String, i64)>> {
    const SQL: &str = "select hash, version from user_password where user_id = $1";
    db.optional(SQL, params![user], |row| Ok((row.get("hash")?, row.get("version")?))).await
}

/// Has a session rest on another password than it began with.
pub(crate) async fn rest_session_on(db: &Db, session: Uuid, version: i64) -> Result<()> {
    const SQL: &str = "update session set password_version = $2 where id = $1";
    db.execute(SQL, params![session, version]).await.map(drop)
}

/// The address of the user of this connection.
pub(crate) async fn own_email(db: &Db, user: Uuid) -> Result<String> {
    db.one("select email from app_user where id = $1", params![user], |row| row.get("email")).await
}

pub(crate) async fn is_verified(db: &Db, user: Uuid) -> Result<bool> {
    const SQL: &str = "select email_verified_at is not null as is_verified from app_user where id = $1";
    db.one(SQL, params![user], |row| row.get("is_verified")).await
}

pub(crate) async fn has_mfa(db: &Db, user: Uuid) -> Result<bool> {
    const SQL: &str =
        "select exists (select from user_totp where user_id = $1 and confirmed_at is not null) as has";
    db.one(SQL, params![user], |row| row.get("has")).await
}

pub(crate) async fn insert_membership(db: &Db, tenant: Uuid, user: Uuid, roles: &[&str]) -> Result<()> {
    const MEMBER: &str = "insert into membership (tenant_id, user_id) values ($1, $2) on conflict do nothing";
    const ROLES: &str = "insert into membership_role (tenant_id, user_id, role) \
        select $1, $2, role from unnest($3::text[]) as role on conflict do nothing";
    db.execute(MEMBER, params![tenant, user]).await?;
    db.execute(ROLES, params![tenant, user, roles]).await.map(drop)
}

/// Whether somebody is a member of the tenant of this connection.
pub(crate) async fn is_member(db: &Db, user: Uuid) -> Result<bool> {
    const SQL: &str = "select exists (select from membership \
        where tenant_id = app_tenant_id() and user_id = $1) as is_member";
    db.one(SQL, params![user], |row| row.get("is_member")).await
}

/// The tenants of the user of this connection, by id, with their names.
pub(crate) async fn own_tenants(db: &Db) -> Result<Vec<(Uuid, String)>> {
    const SQL: &str = "select id, name from auth_own_tenants() order by id";
    db.query(SQL, params![], |row| Ok((row.get("id")?, row.get("name")?))).await
}

/// Locks a tenant until the transaction ends: who its owners are does not change meanwhile.
pub(crate) async fn lock_tenant(db: &Db, id: Uuid) -> Result<()> {
    db.one("select id from tenant where id = $1 for no key update", params![id], |_| Ok(())).await
}

/// The roles of a member of the tenant of this connection, sorted.
pub(crate) async fn roles_of(db: &Db, user: Uuid) -> Result<Vec<String>> {
    const SQL: &str = "select role from membership_role where user_id = $1 order by role";
    db.query(SQL, params![user], |row| row.get("role")).await
}

/// Whether the tenant of this connection has an owner besides a user.
pub(crate) async fn has_other_owner(db: &Db, user: Uuid) -> Result<bool> {
    const SQL: &str =
        "select exists (select from membership_role where role = 'owner' and user_id <> $1) as has_owner";
    db.one(SQL, params![user], |row| row.get("has_owner")).await
}

/// Takes back what a user has made in the tenant of this connection and what still acts: open invitations, and API keys,
/// whose keys in Redis it answers with.
pub(crate) async fn revoke_made_by(db: &Db, user: Uuid) -> Result<Vec<String>> {
    const INVITATIONS: &str = "update invitation set revoked_at = now() \
        where invited_by = $1 and accepted_at is null and revoked_at is null";
    const KEYS: &str = "update api_key set revoked_at = now() where created_by = $1 and revoked_at is null \
        returning secret_hash";
    db.execute(INVITATIONS, params![user]).await?;
    db.query(KEYS, params![user], |row| Ok(sessions::api_key_key(&row.get::<String>("secret_hash")?))).await
}

pub(crate) async fn delete_membership(db: &Db, user: Uuid) -> Result<()> {
    db.execute("delete from membership where user_id = $1", params![user]).await.map(drop)
}

/// Deletes how a user was let in, and puts an address in place of theirs that is nobody's (RFC 2606, 2).
pub(crate) async fn erase_user(db: &Db, user: Uuid) -> Result<()> {
    const DELETES: [&str; 6] = [
        "delete from user_device where user_id = $1",
        "delete from user_recovery_code where user_id = $1",
        "delete from user_totp where user_id = $1",
        "delete from user_password where user_id = $1",
        "delete from user_address where user_id = $1",
        "delete from one_time_token where user_id = $1",
    ];
    const SQL: &str = "update app_user \
        set email = 'deleted-' || id || '@deleted.invalid', email_verified_at = null, deleted_at = now() where id = $1";
    for delete in DELETES {
        db.execute(delete, params![user]).await?;
    }
    db.execute(SQL, params![user]).await.map(drop)
}

/// The tenant in whose trail something about a user goes that is about no tenant.
pub(crate) async fn first_tenant(db: &Db) -> Result<Option<Uuid>> {
    db.optional("select id from auth_own_tenants() limit 1", params![], |row| row.get("id")).await
}

/// Ends the sessions of the user of this connection; answers with their keys in Redis.
pub(crate) async fn revoke_own_sessions(db: &Db, kept: Option<Uuid>, reason: &str) -> Result<Vec<String>> {
    const SQL: &str = "select id from auth_revoke_own_sessions($1, $2)";
    db.query(SQL, params![kept, reason], |row| Ok(sessions::session_key(row.get("id")?))).await
}

/// An open invitation, and the account of its address if there is one.
pub(crate) struct Invitation {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) email: String,
    pub(crate) user_id: Option<Uuid>,
    /// The hash of the account's password, and its version.
    pub(crate) password: Option<(String, i64)>,
}

pub(crate) async fn find_invitation(db: &Db, token_hash: &str) -> Result<Option<Invitation>> {
    const SQL: &str =
        "select tenant_id, id, email, user_id, password_hash, password_version from auth_find_invitation($1)";
    db.optional(SQL, params![token_hash], |row| {
        Ok(Invitation {
            id: row.get("id")?,
            tenant_id: row.get("tenant_id")?,
            email: row.get("email")?,
            user_id: row.get("user_id")?,
            password: row
                .get::<Option<String>>("password_hash")?
                .zip(row.get::<Option<i64>>("password_version")?),
        })
    })
    .await
}
