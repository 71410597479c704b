//! Which way a list goes, and which page of it is asked for.

use uuid::Uuid;

/// The order of a list, by what its cursor names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Order {
    /// The oldest, or the first by its name, comes first.
    Ascending,
    /// The newest, or the last by its name, comes first.
    Descending,
}

impl Order {
    /// Reads `asc` or `desc`.
    ///
    /// # Errors
    /// What it would have to be.
    pub fn read(text: &str) -> Result<Self, String> {
        match text {
            "asc" => Ok(Self::Ascending),
            "desc" => Ok(Self::Descending),
            _ => Err("must be `asc` or `desc`".to_owned()),
        }
    }
}

/// Which page of a list is asked for: of one whose rows are told apart by an id, or by whatever `C` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Asked<C = Uuid> {
    /// Which way.
    pub order: Order,
    /// Rows of a page.
    pub limit: usize,
    /// Behind which row.
    pub after: Option<C>,
}

impl<C> Asked<C> {
    /// How many rows to ask for.
    pub fn limit_and_one(&self) -> i64 {
        one_more(self.limit)
    }
}

/// How many rows to ask for: one more than the page has says that there is another page.
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
