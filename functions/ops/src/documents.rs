//! The OpenAPI document and the page made from it.

use std::io::Read;

use fundrail_api::ops::Document;
use fundrail_kit::encoding;
use fundrail_platform::{Answer, Context, Error, Result};
use http::StatusCode;

/// Both are made by build.rs from the types of the API, and compressed there.
static OPENAPI: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.gz"));
static DOCS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/docs.html.gz"));

/// `GET /v1/openapi.json`
pub(crate) async fn openapi(cx: &Context) -> Result<Answer<Document>> {
    document(cx, "application/json", OPENAPI)
}

/// `GET /docs`
pub(crate) async fn docs(cx: &Context) -> Result<Answer<Document>> {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    Ok(document(cx, "text/html; charset=utf-8", DOCS)?.with_header("content-security-policy", policy))
}

/// A document changes only with a deployment, but then at once. Whoever takes gzip gets it as it is stored.
fn document(cx: &Context, content_type: &'static str, gzipped: &'static [u8]) -> Result<Answer<Document>> {
    let answer = if encoding::takes_gzip(cx.header("accept-encoding")) {
        Answer::bytes(StatusCode::OK, content_type, gzipped).with_header("content-encoding", "gzip")
    } else {
        Answer::bytes(StatusCode::OK, content_type, decompressed(gzipped)?)
    };
    let answer =
        answer.with_header("cache-control", "public, max-age=60").with_header("vary", "accept-encoding");
    Ok(answer.with_etag(cx.header("if-none-match")))
}

fn decompressed(gzipped: &[u8]) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let read = flate2::read::GzDecoder::new(gzipped).read_to_end(&mut text);
    read.map_err(|error| Error::internal(format!("a document of ours cannot be decompressed: {error}")))?;
    Ok(text)
}
