//! Typed configuration from Spin variables. A missing or invalid one is an error that names it, and never falls back to a
//! default.

use std::{cell::OnceCell, rc::Rc, thread::LocalKey};

use fundrail_domain::{Error, Result};

/// A variable of this component.
///
/// # Errors
/// [`Error::Internal`] naming the variable if it is not declared for this component or has no value.
pub async fn text(name: &'static str) -> Result<String> {
    spin_sdk::variables::get(name)
        .await
        .map_err(|_| Error::internal(format!("the variable `{name}` is not set")))
}

/// A parsed variable. An error names the variable and what is wrong with it, never its value.
pub async fn parsed<T>(name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<T> {
    let text = text(name).await?;
    parse(&text).map_err(|wrong| Error::internal(format!("the variable `{name}` {wrong}")))
}

/// Whether this deployment is configured for development.
pub async fn is_development() -> bool {
    text("environment").await.is_ok_and(|environment| environment == "development")
}

/// A variable that an instance reads once. Declare it in a `thread_local!`, and read it with [`kept`].
pub struct Kept<T> {
    name: &'static str,
    parse: fn(&str) -> Result<T, String>,
    value: OnceCell<Rc<T>>,
}

impl<T> Kept<T> {
    /// A variable and how to read it.
    pub const fn new(name: &'static str, parse: fn(&str) -> Result<T, String>) -> Self {
        Self { name, parse, value: OnceCell::new() }
    }
}

/// Like [`kept`], for an optional variable: if it is absent, the value is that of `otherwise`.
///
/// # Errors
/// [`Error::Internal`] if it is present and invalid.
pub async fn kept_or<T>(key: &'static LocalKey<Kept<T>>, otherwise: impl FnOnce() -> Rc<T>) -> Result<Rc<T>> {
    if let Some(value) = key.with(|kept| kept.value.get().cloned()) {
        return Ok(value);
    }
    let (name, parse) = key.with(|kept| (kept.name, kept.parse));
    let value = match spin_sdk::variables::get(name).await {
        Ok(text) => {
            Rc::new(parse(&text).map_err(|wrong| Error::internal(format!("the variable `{name}` {wrong}")))?)
        }
        Err(_) => otherwise(),
    };
    Ok(key.with(|kept| Rc::clone(kept.value.get_or_init(|| value))))
}

/// The value of a variable that an instance reads once.
pub async fn kept<T>(key: &'static LocalKey<Kept<T>>) -> Result<Rc<T>> {
    if let Some(value) = key.with(|kept| kept.value.get().cloned()) {
        return Ok(value);
    }
    let (name, parse) = key.with(|kept| (kept.name, kept.parse));
    let value = Rc::new(parsed(name, parse).await?);
    Ok(key.with(|kept| Rc::clone(kept.value.get_or_init(|| value))))
}
