//! The catalogue of funds and share classes.

use fundrail_platform::{Request, Route, serve};

static ROUTES: &[Route] = &[];

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "fund-listing", ROUTES).await
}
