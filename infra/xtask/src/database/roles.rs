//! The roles of the database server.
//!
//! * `fundrail_owner` owns the database and everything in it, and migrates;
//! * each domain has one that its components connect as, such as `fundrail_prices`: it owns nothing and bypasses nothing, and may do
//!   what its file in `/migrations/roles` says;
//! * `fundrail_app` is the group of those, and cannot log in: it may do what every component needs;
//! * `fundrail_system` cannot log in and bypasses row-level security: it owns the few `security definer` functions that must see
//!   every tenant. The owner is a member, so that a migration can give it a function.
//!
//! Roles belong to the server, not to a database: two checkouts on one server share them, and the passwords are those of
//! whichever prepared its database last.

use anyhow::{Context as _, bail};
use tokio_postgres::Client;

use super::grants::{EVERYBODY, role_of};
use crate::dev_env::RolePasswords;

/// Any number will do, as long as nothing else uses the same advisory lock.
const LOCK: i64 = 0x6675_6e64_7261_696c;

/// What a role may have at least: two pools of 64, as Spin and our host keep for an address, since the components of a domain may be in
/// two processes.
const POOLS: i32 = 128;

/// Connections of the server that are left to administrators, migrations and backups.
const RESERVED: i32 = 40;

/// Creates or updates the roles, and the database if it does not exist. `admin` is connected to any database on the server.
/// Returns whether the database is new.
pub(super) async fn ensure(
    admin: &Client,
    database: &str,
    passwords: &RolePasswords,
) -> anyhow::Result<bool> {
    lock(admin).await?;
    let done = ensure_locked(admin, database, passwords).await;
    unlock(admin).await?;
    done
}

/// Waits for other commands that work on roles, templates or migrations through this database.
pub(super) async fn lock(admin: &Client) -> anyhow::Result<()> {
    admin.execute("select pg_advisory_lock($1)", &[&LOCK]).await.context("cannot take the advisory lock")?;
    Ok(())
}

/// Lets the next one proceed.
pub(super) async fn unlock(admin: &Client) -> anyhow::Result<()> {
    admin.execute("select pg_advisory_unlock($1)", &[&LOCK]).await?;
    Ok(())
}

async fn ensure_locked(admin: &Client, database: &str, passwords: &RolePasswords) -> anyhow::Result<bool> {
    let administrator = Administrator::of(admin).await?;
    let exists = admin.query_opt("select from pg_database where datname = $1", &[&database]).await?.is_some();
    administrator.check(admin, exists).await?;
    create_roles(admin, &administrator, passwords).await?;
    if exists {
        return Ok(false);
    }
    let create =
        format!("create database {database} owner fundrail_owner template template0 encoding 'UTF8'");
    admin.batch_execute(&create).await.with_context(|| format!("cannot create the database {database}"))?;
    Ok(true)
}

/// The role of `DATABASE_URL`.
struct Administrator {
    name: String,
    superuser: bool,
    /// Which of the attributes that matter here it lacks.
    lacks: Vec<String>,
    server_version: i32,
}

impl Administrator {
    async fn of(admin: &Client) -> anyhow::Result<Self> {
        let row = admin
            .query_one(
                "select rolname::text, rolsuper, current_setting('server_version_num')::int4,
                        array_remove(array[case when not rolcreaterole then 'createrole' end,
                                           case when not rolcreatedb then 'createdb' end,
                                           case when not rolbypassrls then 'bypassrls' end], null)
                 from pg_roles where rolname = current_user",
                &[],
            )
            .await?;
        Ok(Self {
            name: row.try_get(0)?,
            superuser: row.try_get(1)?,
            server_version: row.try_get(2)?,
            lacks: row.try_get(3)?,
        })
    }

    /// Reports what is missing before anything has been changed.
    async fn check(&self, admin: &Client, database_exists: bool) -> anyhow::Result<()> {
        if self.superuser {
            return Ok(());
        }
        let needed = |attribute: &&String| *attribute != "createdb" || !database_exists;
        let lacks: Vec<&str> = self.lacks.iter().filter(needed).map(String::as_str).collect();
        if !lacks.is_empty() {
            bail!(
                "the role `{0}` of DATABASE_URL may not do what is needed to make roles and database, and to seed past \
                 row-level security. A superuser gives it that by `alter role {0} {1}`",
                self.name,
                lacks.join(" ")
            );
        }
        let system = admin.query_opt("select from pg_roles where rolname = 'fundrail_system'", &[]).await?;
        if system.is_none() && self.server_version < 160_000 {
            bail!(
                "before PostgreSQL 16 only a superuser may make a role that bypasses row-level security. Let one run \
                 `create role fundrail_system nologin bypassrls`, or name one in DATABASE_URL"
            );
        }
        Ok(())
    }
}

async fn create_roles(
    admin: &Client,
    administrator: &Administrator,
    passwords: &RolePasswords,
) -> anyhow::Result<()> {
    let kept =
        [("fundrail_owner", "login"), (EVERYBODY, "nologin"), ("fundrail_system", "nologin bypassrls")];
    let roles = passwords.components.iter().map(|(domain, password)| (role_of(domain), password));
    let roles: Vec<(String, &String)> = roles.collect();
    for (role, attributes) in kept.into_iter().chain(roles.iter().map(|(role, _)| (role.as_str(), "login"))) {
        if admin.query_opt("select from pg_roles where rolname = $1", &[&role]).await?.is_none() {
            let create = format!("create role {role} {attributes}");
            admin.batch_execute(&create).await.with_context(|| format!("cannot create the role {role}"))?;
        }
    }
    check_components(admin, EVERYBODY).await?;
    // Passwords are hexadecimal digits that we generate: nothing in them needs escaping.
    let owner = &passwords.owner;
    let mut statements = format!(
        "alter role fundrail_owner password '{owner}';
         alter role {EVERYBODY} nologin password null;
         grant fundrail_system to fundrail_owner;"
    );
    let limit = connection_limit(admin, roles.len()).await?;
    for (role, password) in &roles {
        check_components(admin, role).await?;
        statements.push_str(&component_role(role, password, limit));
    }
    if !administrator.superuser {
        // To give it the database, to migrate as it, and to seed its tables.
        statements.push_str("grant fundrail_owner to current_user;");
    }
    admin.batch_execute(&statements).await.context("cannot set up the roles")
}

/// What a role that components connect as is set to.
fn component_role(role: &str, password: &str, limit: i32) -> String {
    format!(
        "alter role {role} login password '{password}' connection limit {limit};
         alter role {role} set idle_in_transaction_session_timeout = '10s';
         alter role {role} set statement_timeout = '15s';
         alter role {role} set jit = off;
         alter role {role} set search_path = 'public';
         grant {EVERYBODY} to {role};"
    )
}

/// How many connections each role may have: an equal share of what the server has, so that a domain in trouble leaves the others
/// theirs. No less than its pools need: one that is refused a connection does not wait, but fails.
async fn connection_limit(admin: &Client, roles: usize) -> anyhow::Result<i32> {
    let most = "select current_setting('max_connections')::int4";
    let most: i32 = admin.query_one(most, &[]).await?.try_get(0)?;
    let share = (most - RESERVED) / i32::try_from(roles)?.max(1);
    Ok(share.max(POOLS))
}

/// A role of that name created by somebody else may have too many rights.
async fn check_components(admin: &Client, role: &str) -> anyhow::Result<()> {
    let row = admin
        .query_one(
            "select r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication
                    or exists (select from pg_auth_members m join pg_roles g on g.oid = m.roleid
                               where m.member = r.oid and g.rolname <> $2)
             from pg_roles r where r.rolname = $1",
            &[&role, &EVERYBODY],
        )
        .await?;
    if row.try_get(0)? {
        bail!(
            "the role {role} of this server is a superuser, bypasses row-level security, may create roles or databases, or \
             is a member of another role than {EVERYBODY}. Components must not connect as such a role"
        );
    }
    Ok(())
}

/// Privileges on the database as a whole. Those on tables are granted one by one, by the migrations that create them.
pub(super) async fn grant(admin: &Client, database: &str) -> anyhow::Result<()> {
    let statements = format!(
        "revoke all on database {database} from public;
         grant connect on database {database} to fundrail_app;
         alter schema public owner to fundrail_owner;
         revoke all on schema public from public;
         grant usage on schema public to fundrail_app;
         grant usage, create on schema public to fundrail_system;"
    );
    // `create` for fundrail_system: Postgres requires it of whoever becomes the owner of a function there.
    admin.batch_execute(&statements).await.context("cannot grant the use of the database")
}
