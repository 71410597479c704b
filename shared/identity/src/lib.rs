//! Who is calling, and may they: sign-in, sessions, tokens, keys, and the guard that [`serve`] consults.
//!
//! It stands on `fundrail_platform`, which knows nothing of it: the platform serves requests for any [`Guard`], and this is ours.

mod authority;
pub mod devices;
mod guard;
pub mod invitations;
pub mod keys;
pub mod notices;
pub mod one_time;
pub mod sessions;
pub mod sign_in;
pub mod tokens;

use fundrail_platform::{Request, Response, Route};

pub use guard::Guard;

/// Responds to a request with the matching route, for callers whom the [`Guard`] lets in: the one line of every function.
pub async fn serve(request: Request, function: &'static str, routes: &'static [Route]) -> Response {
    fundrail_platform::serve::<Guard>(request, function, routes).await
}
