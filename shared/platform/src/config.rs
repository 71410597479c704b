//! Typed configuration from Spin variables. A missing or invalid one is an error that names it, never a default.

use fundrail_domain::{Error, Result};

/// A variable of this component.
///
/// # Errors
/// [`Error::Internal`] naming the variable when it is not declared for this component or has no value.
pub async fn text(name: &'static str) -> Result<String> {
    spin_sdk::variables::get(name)
        .await
        .map_err(|_| Error::internal(format!("the variable `{name}` is not set")))
}

/// A variable, parsed. The error names the variable and what is wrong with it, never its value.
pub async fn parsed<T>(name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<T> {
    let text = text(name).await?;
    parse(&text).map_err(|wrong| Error::internal(format!("the variable `{name}` {wrong}")))
}

/// Whether this deployment says of itself that it is for development.
pub async fn is_development() -> bool {
    text("environment").await.is_ok_and(|environment| environment == "development")
}
