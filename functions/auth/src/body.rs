//! Readers of request bodies that several routes share.

use fundrail_domain::input;
use fundrail_platform::{Context, Result};

/// A body of nothing but a token.
pub(crate) fn token(cx: &Context, name: &'static str) -> Result<String> {
    cx.parse(|mut body| {
        let token = body.required_as(name, input::text_between(1, 200));
        body.finish(|| token)
    })
}

/// A body of nothing but a code of a second factor.
pub(crate) fn code(cx: &Context) -> Result<String> {
    cx.parse(|mut body| {
        let code = body.required_as("code", input::text_between(6, 40));
        body.finish(|| code)
    })
}
