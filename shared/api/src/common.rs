//! What all routes share: pages, amounts and problem documents.

use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The entries, in a stable order.
    pub data: Vec<T>,
    /// Whether more entries follow.
    pub has_more: bool,
    /// Pass this as `starting_after` to get the next page; null on the last page.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Builds a page from the result of a query for `limit + 1` rows.
    pub fn from_rows(mut rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = if has_more { rows.last().map(cursor) } else { None };
        Self { data: rows, has_more, next }
    }

    /// Like [`Self::from_rows`], for a list that only grows at its end: `next` says where to resume, now or later, and is present
    /// even on the page that is currently the last. It is null when there is nothing new.
    pub fn followed(rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let page = Self::from_rows(rows, limit, &cursor);
        Self { next: page.data.last().map(cursor), ..page }
    }
}

/// An amount in a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Amount {
    /// Amount in whole units of the currency, as a decimal string, e.g. `"100000.00"`.
    #[cfg_attr(feature = "openapi", schema(example = "100000.00", pattern = r"^-?\d{1,18}(\.\d{1,10})?$"))]
    pub value: String,
    /// ISO 4217 currency code, e.g. `EUR`.
    #[cfg_attr(feature = "openapi", schema(example = "EUR", pattern = "^[A-Z]{3}$"))]
    pub currency: String,
}

/// An error response (RFC 9457), sent as `application/problem+json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// URI that identifies the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short, human-readable summary of the kind of problem.
    pub title: String,
    /// The HTTP status code, repeated.
    pub status: u16,
    /// Stable machine-readable code. Match on this one.
    pub code: String,
    /// What went wrong in this particular case.
    pub detail: String,
    /// Id of the request in our logs. Quote it when you ask for support.
    pub request_id: String,
    /// Every invalid field, if any were invalid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
}

/// One invalid field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemField {
    /// JSON Pointer into the body, or `/name` of a parameter.
    pub pointer: String,
    /// What is wrong, and what would be accepted.
    pub message: String,
}
