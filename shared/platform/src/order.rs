//! Which way a list goes, and which page of it is asked for.

use uuid::Uuid;

use crate::{db::Parameter, params};

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
            _ => Err("has to be `asc` or `desc`".to_owned()),
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

impl Asked {
    /// `$1` and `$2` of [`ordered!`](crate::ordered): behind what, and how many rows.
    pub fn parameters(&self) -> Vec<Parameter> {
        params![self.after, self.limit_and_one()]
    }
}

impl<C> Asked<C> {
    /// How many rows to ask for: one more than the page has says that there is another page.
    pub fn limit_and_one(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1)
    }
}

/// The statement of a list in the order that was asked for: rows behind a cursor, by one column that no two rows share.
///
/// `ordered!(order, "select id from fund where true", by "id" after "$1::uuid", "limit $2")`: without a cursor `$1` is null.
#[macro_export]
macro_rules! ordered {
    ($order:expr, $select:expr, by $column:literal after $cursor:literal, $rest:literal) => {
        match $order {
            $crate::Order::Ascending => concat!(
                $select,
                " and (",
                $cursor,
                " is null or ",
                $column,
                " > ",
                $cursor,
                ") order by ",
                $column,
                " ",
                $rest
            ),
            $crate::Order::Descending => concat!(
                $select,
                " and (",
                $cursor,
                " is null or ",
                $column,
                " < ",
                $cursor,
                ") order by ",
                $column,
                " desc ",
                $rest
            ),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn a_statement_goes_both_ways() {
        let sql =
            |order| ordered!(order, "select id from t where true", by "id" after "$1::uuid", "limit $2");
        assert_eq!(
            sql(Order::Ascending),
            "select id from t where true and ($1::uuid is null or id > $1::uuid) order by id limit $2"
        );
        assert_eq!(
            sql(Order::Descending),
            "select id from t where true and ($1::uuid is null or id < $1::uuid) order by id desc limit $2"
        );
        assert_eq!(Order::read("asc"), Ok(Order::Ascending));
        for wrong in ["", "ASC", "ascending", "-1"] {
            assert!(Order::read(wrong).is_err(), "{wrong}");
        }
    }
}
