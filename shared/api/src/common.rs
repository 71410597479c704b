//! What every route shares: pages, amounts, problems.

use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The entries, in a stable order.
    pub data: Vec<T>,
    /// Whether there are more after these.
    pub has_more: bool,
    /// What to pass as `starting_after` for the next page; null on the last one.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of what a query for `limit + 1` rows brought back.
    pub fn from_rows(mut rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = if has_more { rows.last().map(cursor) } else { None };
        Self { data: rows, has_more, next }
    }

    /// Like [`Self::from_rows`], of a list that grows at its end: `next` says where to go on, now or later, also on what is
    /// the last page at the moment. Null when there is nothing new.
    pub fn followed(rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let page = Self::from_rows(rows, limit, &cursor);
        Self { next: page.data.last().map(cursor), ..page }
    }
}

/// An amount of a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Amount {
    /// Whole units of the currency as a decimal string, e.g. `"100000.00"`.
    #[cfg_attr(feature = "openapi", schema(example = "100000.00", pattern = r"^-?\d{1,18}(\.\d{1,10})?$"))]
    pub value: String,
    /// ISO 4217, e.g. `EUR`.
    #[cfg_attr(feature = "openapi", schema(example = "EUR", pattern = "^[A-Z]{3}$"))]
    pub currency: String,
}

/// An error answer (RFC 9457), sent as `application/problem+json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// Stable machine code, snake_case.
    pub code: String,
    /// What went wrong this time.
    pub detail: String,
    /// The id under which the log knows this request.
    pub request_id: String,
    /// Every wrong field, when fields were wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemField {
    /// JSON Pointer into the body, or `/name` of a parameter.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub message: String,
}
