//! Lists whose statements have not yet moved to the store.

pub use fundrail_store::{Asked, Order};

use crate::{db::Parameter, params};

/// `$1` and `$2` of [`ordered!`](crate::ordered): the cursor, and the number of rows.
pub fn page_parameters(page: &Asked) -> Vec<Parameter> {
    params![page.after, page.limit_and_one()]
}

/// The statement of a list in the requested order: rows after a cursor, by one column whose values are unique.
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
    }
}
