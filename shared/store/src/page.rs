//! The order of a list, and the requested page.

use uuid::Uuid;

/// The order of a list, by what its cursor identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Order {
    /// The oldest, or the first by name, comes first.
    Ascending,
    /// The newest, or the last by name, comes first.
    Descending,
}

impl Order {
    /// Reads `asc` or `desc`.
    ///
    /// # Errors
    /// What it must be.
    pub fn read(text: &str) -> Result<Self, String> {
        match text {
            "asc" => Ok(Self::Ascending),
            "desc" => Ok(Self::Descending),
            _ => Err("must be `asc` or `desc`".to_owned()),
        }
    }
}

/// The requested page of a list whose rows are identified by an id, or by a `C`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Asked<C = Uuid> {
    /// The order.
    pub order: Order,
    /// Rows per page.
    pub limit: usize,
    /// The row after which it begins.
    pub after: Option<C>,
}

impl<C> Asked<C> {
    /// Number of rows to ask for.
    pub fn limit_and_one(&self) -> i64 {
        one_more(self.limit)
    }
}

/// Number of rows to ask for: one more than the page contains tells that there is another page.
pub fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn an_order_is_one_of_two_words() {
        assert_eq!(Order::read("asc"), Ok(Order::Ascending));
        assert_eq!(Order::read("desc"), Ok(Order::Descending));
        for wrong in ["", "ASC", "ascending", "-1"] {
            assert!(Order::read(wrong).is_err(), "{wrong}");
        }
    }
}
