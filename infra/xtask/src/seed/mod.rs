//! The data that a development machine starts with: tenants, funds, assets, prices, a chain.
//!
//! First the SQL files of `infra/xtask/seed/*.sql`, in the order of their names, each in a transaction of its own; then the
//! seeders written in Rust, for what SQL cannot make (password hashes) or is read from a file (price history).
//!
//! Every one of them is idempotent: `up` runs them all each time. Insert with `on conflict … do nothing` or
//! `do update`, with ids that are fixed or derived from something fixed.
//!
//! They run as the administrator of `DATABASE_URL`: row-level security is forced on `fundrail_owner` too, and
//! `fundrail_system` is granted only what its functions need. That role bypasses row-level security and has the owner's
//! privileges, so a seed says each row's `tenant_id` itself, and creates no tables, functions or other objects, which would
//! not be the owner's.

mod files;
mod prices;
mod users;

use std::path::PathBuf;

use anyhow::Context as _;
use tokio_postgres::Client;

use crate::{
    checkout::Checkout,
    database::{self, DatabaseUrl},
    dev_env::DevEnv,
};

/// What a seeder has to work with.
pub(crate) struct Context<'a> {
    /// Connected as the administrator to the database to fill.
    pub client: &'a mut Client,
    /// The generated secrets: demo sign-in, encryption keys, webhook secrets.
    pub env: &'a DevEnv,
    /// `infra/xtask/seed`: where data files are.
    pub folder: PathBuf,
}

/// What was put in, for a person: `12 funds`.
pub(crate) type Summary = String;

/// Fills the database that `url` names.
pub(crate) async fn run(
    checkout: &Checkout,
    url: &DatabaseUrl,
    env: &DevEnv,
) -> anyhow::Result<Vec<Summary>> {
    let mut client = database::connect(url).await?;
    client.batch_execute("set search_path = public").await?;
    let mut context = Context { client: &mut client, env, folder: folder(checkout) };
    // In this order; each returns what it put in. Seeders written in Rust follow the files.
    let summaries = vec![
        files::run(&mut context).await.context("seed files")?,
        prices::run(&mut context).await.context("price history")?,
        users::run(&mut context).await.context("demo users")?,
    ];
    Ok(summaries)
}

/// Where seed files are.
pub(crate) fn folder(checkout: &Checkout) -> PathBuf {
    checkout.root.join("infra/xtask/seed")
}
