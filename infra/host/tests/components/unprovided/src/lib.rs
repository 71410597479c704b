//! Uses SQLite, which the host does not provide: it must say so by name.

use spin_sdk::{
    http::{IntoResponse, Request},
    http_service, sqlite,
};

#[http_service]
async fn handle(_request: Request) -> impl IntoResponse {
    match sqlite::Connection::open_default().await {
        Ok(_) => "opened",
        Err(_) => "not opened",
    }
}
