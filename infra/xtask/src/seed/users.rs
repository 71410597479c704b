//! The people of the two demo tenants: an owner, a trader, a compliance officer and a viewer each.
//!
//! The owners sign in with the credentials in `dev.env`; the others with the same address with their role before the `@`
//! (`demo-trader@example.com`), and with their tenant's password.

use anyhow::anyhow;
use fundrail_kit::password::{self, Check};
use tokio_postgres::Transaction;

use super::{Context, Summary};
use crate::random;

struct Tenant {
    /// As in `FUNDRAIL_<NAME>_EMAIL`.
    variable: &'static str,
    id: &'static str,
    name: &'static str,
    kind: &'static str,
    /// First digits of its users' numbers.
    number: u32,
    owner_roles: &'static [&'static str],
}

const TENANTS: [Tenant; 2] = [
    Tenant {
        variable: "DEMO",
        id: "0198c000-0000-7000-8000-000000000001",
        name: "Northwind Treasury",
        kind: "institution",
        number: 0x100,
        // Whoever has the machine is the operator of the installation.
        owner_roles: &["owner", "operator"],
    },
    Tenant {
        variable: "DEMO_ISSUER",
        id: "0198c000-0000-7000-8000-000000000002",
        name: "Alder Asset Management",
        kind: "issuer",
        number: 0x200,
        owner_roles: &["owner", "issuer"],
    },
];

/// Everybody except the owner.
const OTHERS: [&str; 3] = ["trader", "compliance", "viewer"];

/// Inserts tenants and users, and sets the passwords from `dev.env`.
pub(super) async fn run(context: &mut Context<'_>) -> anyhow::Result<Summary> {
    let mut count = 0;
    for tenant in &TENANTS {
        let email = context.env.require(&format!("FUNDRAIL_{}_EMAIL", tenant.variable))?.to_owned();
        let secret = context.env.require(&format!("FUNDRAIL_{}_PASSWORD", tenant.variable))?.to_owned();
        let (local, domain) =
            email.split_once('@').ok_or_else(|| anyhow!("`{email}` is no e-mail address"))?;
        let transaction = context.client.transaction().await?;
        let insert =
            "insert into tenant (id, name, kind) values ($1::text::uuid, $2, $3) on conflict (id) do nothing";
        transaction.execute(insert, &[&tenant.id, &tenant.name, &tenant.kind]).await?;
        put_in(&transaction, tenant, 0, &email, tenant.owner_roles, &secret).await?;
        for (number, role) in (1..).zip(OTHERS) {
            let email = format!("{local}-{role}@{domain}");
            put_in(&transaction, tenant, number, &email, &[role], &secret).await?;
        }
        transaction.commit().await?;
        count += 1 + OTHERS.len();
    }
    Ok(format!("{count} demo users"))
}

async fn put_in(
    transaction: &Transaction<'_>,
    tenant: &Tenant,
    number: u32,
    email: &str,
    roles: &[&str],
    secret: &str,
) -> anyhow::Result<()> {
    let id = format!("0198c000-0000-7000-8000-{:012x}", tenant.number + number);
    let user = "insert into app_user (id, email, email_verified_at) values ($1::text::uuid, $2, now())
        on conflict (id) do update set email = excluded.email,
            email_verified_at = coalesce(app_user.email_verified_at, excluded.email_verified_at)";
    transaction.execute(user, &[&id, &email]).await?;
    let membership = "insert into membership (tenant_id, user_id) values ($1::text::uuid, $2::text::uuid)
        on conflict do nothing";
    transaction.execute(membership, &[&tenant.id, &id]).await?;
    let role =
        "insert into membership_role (tenant_id, user_id, role) values ($1::text::uuid, $2::text::uuid, $3)
        on conflict do nothing";
    for name in roles {
        transaction.execute(role, &[&tenant.id, &id, name]).await?;
    }
    set_password(transaction, &id, secret).await
}

/// Leaves a password alone that is already correct: a new hash would differ every time.
async fn set_password(transaction: &Transaction<'_>, id: &str, secret: &str) -> anyhow::Result<()> {
    let stored = "select hash from user_password where user_id = $1::text::uuid";
    let stored = transaction.query_opt(stored, &[&id]).await?;
    if let Some(row) = stored
        && password::check(secret, row.try_get(0)?) == Check::Right
    {
        return Ok(());
    }
    let hash = password::hash(secret, &random::bytes()?).map_err(|error| anyhow!(error))?;
    let insert = "insert into user_password (user_id, hash) values ($1::text::uuid, $2)
        on conflict (user_id) do update set hash = excluded.hash, version = user_password.version + 1, changed_at = now()";
    transaction.execute(insert, &[&id, &hash]).await?;
    Ok(())
}
