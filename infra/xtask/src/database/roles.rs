//! The three roles of the database server.
//!
//! * `fundrail_owner` owns the database and everything in it, and migrates;
//! * `fundrail_app` is what components connect as: it owns nothing and bypasses nothing;
//! * `fundrail_system` cannot log in and bypasses row-level security: it owns the few `security definer` functions that must see
//!   every tenant. The owner is a member, so that a migration can give it a function.
//!
//! Roles belong to the server, not to a database: two checkouts on one server share them, and the passwords are those of
//! whichever prepared its database last.

use anyhow::{Context as _, bail};
use tokio_postgres::Client;

use crate::dev_env::RolePasswords;

/// Any number will do, as long as nothing else uses the same advisory lock.
const LOCK: i64 = 0x6675_6e64_7261_696c;

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
    for (role, attributes) in
        [("fundrail_owner", "login"), ("fundrail_app", "login"), ("fundrail_system", "nologin bypassrls")]
    {
        if admin.query_opt("select from pg_roles where rolname = $1", &[&role]).await?.is_none() {
            let create = format!("create role {role} {attributes}");
            admin.batch_execute(&create).await.with_context(|| format!("cannot create the role {role}"))?;
        }
    }
    check_app(admin).await?;
    // Passwords are hexadecimal digits that we generate: nothing in them needs escaping.
    let (owner, app) = (&passwords.owner, &passwords.app);
    let mut statements = format!(
        "alter role fundrail_owner password '{owner}';
         alter role fundrail_app password '{app}';
         alter role fundrail_app set idle_in_transaction_session_timeout = '10s';
         alter role fundrail_app set statement_timeout = '15s';
         alter role fundrail_app set jit = off;
         alter role fundrail_app set search_path = 'public';
         grant fundrail_system to fundrail_owner;"
    );
    if !administrator.superuser {
        // To give it the database, to migrate as it, and to seed its tables.
        statements.push_str("grant fundrail_owner to current_user;");
    }
    admin.batch_execute(&statements).await.context("cannot set up the roles")
}

/// A role of that name created by somebody else may have too many rights.
async fn check_app(admin: &Client) -> anyhow::Result<()> {
    let row = admin
        .query_one(
            "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication
                    or exists (select from pg_auth_members where member = pg_roles.oid)
             from pg_roles where rolname = 'fundrail_app'",
            &[],
        )
        .await?;
    if row.try_get(0)? {
        bail!(
            "the role fundrail_app of this server is a superuser, bypasses row-level security, may create roles or \
             databases, or is a member of another role. Components must not connect as such a role"
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
