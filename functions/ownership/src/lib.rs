//! Who owns organisations, directly and through others.

mod answers;
mod parties;
mod stakes;

use fundrail_api::ownership as api;
use fundrail_identity::serve;
use fundrail_platform::{Request, Response, Route, routes};

static ROUTES: &[Route] = routes![
    api::CreateOwnershipParty => parties::create;
    api::ListOwnershipParties => parties::list;
    api::ReadOwnershipParty => parties::read;
    api::ScreenOwnershipParty => parties::screen;
    api::CreateOwnershipStake => stakes::create;
    api::ReadOwnershipStake => stakes::read;
    api::EndOwnershipStake => stakes::end as body;
    api::ReadOwnership => stakes::look_through;
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response {
    serve(request, "ownership", ROUTES).await
}
