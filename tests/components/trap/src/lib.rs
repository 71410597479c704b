//! A component of the tests, never deployed: it traps inside a transaction, commits what others have left open, breaks what the
//! database holds, and writes a given text into the log.

use fundrail_api::endpoint::{Endpoint, Operation};
use fundrail_domain::ids::TenantId;
use fundrail_identity::serve;
use fundrail_platform::{
    Answer, Context, Error, Request, Result, Route,
    db::{Db, Identity},
    routes,
};
use fundrail_store::{Connection as Statements, IntoParameter as _, Value as Bound};
use serde_json::{Value, json};
use spin_sdk::pg::Connection;

/// Operations that no API has.
macro_rules! operations {
    ($($operation:ident = $method:ident $path:literal;)*) => {$(
        struct $operation;

        impl Operation for $operation {
            const ENDPOINT: Endpoint = Endpoint::$method(stringify!($operation), $path).public();
            type Body = ();
            type Answer = Value;
        }
    )*};
}
operations! {
    InsertAndTrap = post "/trap/{tenant}";
    Commit = post "/trap/{tenant}/commit";
    CommitUnguarded = post "/trap/{tenant}/commit-unguarded";
    Rows = get "/trap/{tenant}/rows";
    Violate = post "/trap/{tenant}/violation";
    PassOver = post "/trap/{tenant}/passed-over";
    Log = post "/log/{text}";
}

static ROUTES: &[Route] = routes![
    InsertAndTrap => insert_and_trap;
    Commit => commit;
    CommitUnguarded => commit_unguarded;
    Rows => rows;
    Violate => violate;
    PassOver => pass_over;
    Log => log;
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "test-trap", ROUTES).await
}

async fn open(cx: &Context) -> Result<(Db, TenantId)> {
    let tenant: TenantId = cx.param("tenant")?;
    Ok((Db::open(Identity { tenant: Some(tenant), user: None }).await?, tenant))
}

/// Inserts a tenant within a transaction and traps before its end.
async fn insert_and_trap(cx: &Context) -> Result<Answer<Value>> {
    let (db, tenant) = open(cx).await?;
    db.transaction(async |db| {
        insert(db, tenant, "institution").await?;
        std::process::abort()
    })
    .await
}

/// Commits, on a connection that the platform has checked out.
async fn commit(cx: &Context) -> Result<Answer<Value>> {
    let (db, _) = open(cx).await?;
    Statements::execute(&db, "commit", vec![]).await?;
    Ok(Answer::no_content()?.is())
}

/// Commits, on a connection as the host hands it out.
async fn commit_unguarded(_: &Context) -> Result<Answer<Value>> {
    let failed = |error: spin_sdk::pg::Error| Error::internal(error.to_string());
    let address = fundrail_platform::config::text("database_url").await?;
    let connection = Connection::open(address).await.map_err(failed)?;
    connection.execute("commit", vec![]).await.map_err(failed)?;
    Ok(Answer::no_content()?.is())
}

/// Inserts what no tenant can be, and has no error of its own for that.
async fn violate(cx: &Context) -> Result<Answer<Value>> {
    let (db, tenant) = open(cx).await?;
    insert(&db, tenant, "nonsense").await?;
    Ok(Answer::no_content()?.is())
}

/// Passes over a statement that failed in the middle of a transaction.
async fn pass_over(cx: &Context) -> Result<Answer<Value>> {
    let (db, tenant) = open(cx).await?;
    db.transaction(async |db| {
        insert(db, tenant, "institution").await?;
        let _ = insert(db, tenant, "nonsense").await;
        Ok(Answer::no_content()?.is())
    })
    .await
}

async fn insert(db: &Db, tenant: TenantId, kind: &str) -> Result<()> {
    const SQL: &str = "insert into tenant (id, name, kind) values ($1, 'of a test', $2)";
    let parameters = vec![tenant.into_parameter(), Bound::Text(kind.to_owned())];
    Statements::execute(db, SQL, parameters).await.map(drop)
}

/// How many rows of the tenant there are.
async fn rows(cx: &Context) -> Result<Answer<Value>> {
    const SQL: &str = "select id from tenant where id = $1";
    let (db, tenant) = open(cx).await?;
    let rows = Statements::query(&db, SQL, vec![tenant.into_parameter()]).await?;
    Answer::ok(&json!({ "rows": rows.len() }))
}

/// Writes a text into the log as it is, past the redaction of the platform.
async fn log(cx: &Context) -> Result<Answer<Value>> {
    println!("{}", cx.param_text("text")?);
    Ok(Answer::no_content()?.is())
}
