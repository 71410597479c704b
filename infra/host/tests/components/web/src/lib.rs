//! One route for each thing that the host's tests want to see a component do. Answers are JSON.

mod postgres;
mod storage;

use std::{
    hint,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use spin_sdk::{
    http::{self, Request, Response, StatusCode, body::IncomingBodyExt as _},
    http_service, variables,
};

type Answer = Result<Value, String>;

/// Counts the requests of this instance.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

#[http_service]
async fn handle(request: Request) -> http::Result<Response<String>> {
    let count = REQUESTS.fetch_add(1, Ordering::Relaxed) + 1;
    let path = request.uri().path().to_owned();
    let (status, answer) = match answer(&path, request, count).await {
        Ok(answer) => (StatusCode::OK, answer),
        Err(problem) => (StatusCode::BAD_GATEWAY, json!({ "error": problem })),
    };
    let builder = Response::builder().status(status).header("content-type", "application/json");
    Ok(builder.body(answer.to_string())?)
}

async fn answer(path: &str, request: Request, count: u64) -> Answer {
    let query = request.uri().query().unwrap_or_default().to_owned();
    match path.strip_prefix("/do/").unwrap_or_default() {
        "count" => Ok(json!({ "count": count })),
        "trap" => trap(),
        "loop" => loop {
            hint::spin_loop();
        },
        "grow" => Ok(json!({ "bytes": grow(query.parse().unwrap_or(0)) })),
        "big" => Ok(json!("x".repeat(query.parse::<usize>().unwrap_or(0) << 20))),
        "burn" => Ok(json!({ "milliseconds": burn(query.parse().unwrap_or(0)) })),
        "print" => {
            println!("a plain line");
            println!("{}", json!({ "event": "from_the_guest", "number": 1 }));
            eprintln!("a line of stderr");
            Ok(Value::Null)
        }
        "environment" => Ok(json!(std::env::vars().collect::<Vec<_>>())),
        "file" => std::fs::read_to_string(query).map(Value::String).map_err(|error| error.to_string()),
        "write" => std::fs::write(query, "written").map(|()| Value::Null).map_err(|error| error.to_string()),
        "variable" => variables::get(query).await.map(Value::String).map_err(|error| format!("{error:?}")),
        "get" => get(&query).await,
        "body" => Ok(json!({ "length": body(request).await?.len() })),
        "redis" => storage::redis(&body(request).await?).await,
        "key-value" => storage::key_value(&body(request).await?).await,
        "postgres" => postgres::run(&body(request).await?).await,
        _ => Ok(echo(&request)),
    }
}

#[expect(clippy::panic, reason = "the host's tests ask for a trap")]
fn trap() -> Answer {
    panic!("asked to trap");
}

/// Takes `mebibytes` of memory and gives it back.
fn grow(mebibytes: usize) -> usize {
    let taken = hint::black_box(vec![1_u8; mebibytes << 20]);
    taken.len()
}

/// Computes for a while.
fn burn(milliseconds: u64) -> u64 {
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(milliseconds) {
        hint::spin_loop();
    }
    milliseconds
}

fn echo(request: &Request) -> Value {
    let headers: Vec<_> = request
        .headers()
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    json!({ "method": request.method().as_str(), "uri": request.uri().to_string(), "headers": headers })
}

/// Fetches `url`.
async fn get(url: &str) -> Answer {
    let response = http::get(url).await.map_err(|error| format!("{error:?}"))?;
    let status = response.status().as_u16();
    let content = response.into_body().bytes().await.map_err(|error| format!("{error:?}"))?;
    Ok(json!({ "status": status, "body": String::from_utf8_lossy(&content) }))
}

async fn body(request: Request) -> Result<Vec<u8>, String> {
    let content = request.into_body().bytes().await.map_err(|error| format!("{error:?}"))?;
    Ok(content.to_vec())
}
