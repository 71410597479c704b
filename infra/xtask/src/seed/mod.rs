//! The data that a development environment starts with: tenants, funds, assets, prices, a chain.
//!
//! First the SQL files `infra/xtask/seed/*.sql`, ordered by name, each in a transaction of its own; then the seeders written in
//! Rust, for what SQL cannot create (password hashes) or what is read from a file (price history).
//!
//! All of them are idempotent: `up` runs them every time. Insert with `on conflict … do nothing` or `do update`, with ids that
//! are fixed or derived from something fixed.
//!
//! They run as the administrator of `DATABASE_URL`: row-level security is forced on `fundrail_owner` too, and `fundrail_system`
//! is granted only what its functions need. The administrator bypasses row-level security and has the owner's privileges, so a
//! seed states each row's `tenant_id` itself, and creates no tables, functions or other objects, which would not be the owner's.

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
    /// Connection to the database to be filled, as the administrator.
    pub client: &'a mut Client,
    /// The generated secrets: demo sign-in, encryption keys, webhook secrets.
    pub env: &'a DevEnv,
    /// `infra/xtask/seed`: the folder of the data files.
    pub folder: PathBuf,
}

/// What was inserted, for people: `12 funds`.
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
    // In this order; each returns what it inserted. Seeders written in Rust follow the files.
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
