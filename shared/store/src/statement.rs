//! Statements, the types of their rows, and the macros that declare both.

use fundrail_domain::{Error, Result};

use crate::{Connection, Field, Order, Type, Value};

/// A statement as declared.
#[derive(Debug)]
pub struct Statement {
    /// Its name: `<aggregate>/<name>`, like its file.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
    /// For a list, the same in the other direction.
    pub descending: Option<&'static str>,
    /// What is bound to it.
    pub parameters: &'static [Type],
    /// Columns of its rows; none for one that is executed.
    pub columns: &'static [Column],
}

impl Statement {
    /// Its name and its text.
    pub(crate) const fn named(&self) -> (&'static str, &'static str) {
        (self.name, self.sql)
    }

    /// Its text in the requested order of a list.
    pub fn in_order(&self, order: Order) -> &'static str {
        match order {
            Order::Ascending => self.sql,
            Order::Descending => self.descending.unwrap_or(self.sql),
        }
    }
}

/// A column as it is read.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name. The only column of a row is read whatever it is called.
    pub name: Option<&'static str>,
    /// Its type.
    pub kind: Type,
    /// Whether it may be null.
    pub nullable: bool,
}

impl Column {
    /// The column that a field of this type is read from.
    pub const fn of<T: Field>(name: Option<&'static str>) -> Self {
        Self { name, kind: T::TYPE, nullable: T::NULLABLE }
    }
}

/// What a row is read as.
pub trait FromRow: Sized {
    /// Its columns, in their order.
    const COLUMNS: &'static [Column];

    /// Reads it.
    ///
    /// # Errors
    /// [`Error::Internal`] naming the statement, and the column that differs from its declaration.
    fn from_row(row: &mut Cells) -> Result<Self>;
}

impl<T: Field> FromRow for T {
    const COLUMNS: &'static [Column] = &[Column::of::<T>(None)];

    fn from_row(row: &mut Cells) -> Result<Self> {
        row.next("the only column")
    }
}

/// The values of a row, taken one after the other.
#[derive(Debug)]
pub struct Cells {
    statement: &'static str,
    values: std::vec::IntoIter<Value>,
}

impl Cells {
    /// A row of the statement of this name.
    pub(crate) fn of(statement: &'static str, row: Vec<Value>) -> Self {
        Self { statement, values: row.into_iter() }
    }

    /// The next value, as a type.
    ///
    /// # Errors
    /// [`Error::Internal`] naming the statement and the column.
    pub fn next<T: Field>(&mut self, column: &'static str) -> Result<T> {
        let read = self.values.next().map_or_else(|| Err("is missing".to_owned()), T::read);
        read.map_err(|wrong| Error::internal(format!("{}: the column `{column}` {wrong}", self.statement)))
    }
}

/// A struct whose fields are bound one after the other: for statements with too many parameters to be told apart by order.
/// [`parameters!`] declares it.
pub trait Parameters {
    /// The types of its fields, in order.
    const TYPES: &'static [Type];

    /// Appends the values of its fields to those already there.
    fn append_to(self, bound: &mut Vec<Value>);
}

/// Both lists, one behind the other. `N` is how many they are together; until it is filled, the list is of `filler` alone.
#[expect(
    clippy::indexing_slicing,
    reason = "the compiler alone runs it, and an index beyond does not compile"
)]
pub(crate) const fn joined<T: Copy, const N: usize>(filler: T, first: &[T], second: &[T]) -> [T; N] {
    let mut both = [filler; N];
    let mut at = 0;
    while at < N {
        both[at] = if at < first.len() { first[at] } else { second[at - first.len()] };
        at += 1;
    }
    both
}

/// All rows.
pub(crate) async fn all<R: FromRow>(
    db: &impl Connection,
    (name, sql): (&'static str, &'static str),
    parameters: Vec<Value>,
) -> Result<Vec<R>> {
    let rows = db.query(sql, parameters).await?;
    rows.into_iter().map(|row| R::from_row(&mut Cells::of(name, row))).collect()
}

/// The first row, if there is one.
pub(crate) async fn optional<R: FromRow>(
    db: &impl Connection,
    (name, sql): (&'static str, &'static str),
    parameters: Vec<Value>,
) -> Result<Option<R>> {
    let first = db.query(sql, parameters).await?.into_iter().next();
    first.map(|row| R::from_row(&mut Cells::of(name, row))).transpose()
}

/// The row of a statement that always has one.
pub(crate) async fn one<R: FromRow>(
    db: &impl Connection,
    (name, sql): (&'static str, &'static str),
    parameters: Vec<Value>,
) -> Result<R> {
    let row = optional(db, (name, sql), parameters).await?;
    row.ok_or_else(|| Error::internal(format!("{name}: there is no row")))
}

/// Declares row types: the fields are the columns, in the order in which the statement has them.
///
/// ```text
/// rows! {
///     /// An asset.
///     pub struct AssetRow { pub id: Uuid, pub symbol: String }
/// }
/// ```
macro_rules! rows {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident { $($(#[$doc:meta])* pub $field:ident: $type:ty),* $(,)? }
    )*) => {$(
        $(#[$meta])*
        pub struct $name { $($(#[$doc])* pub $field: $type),* }

        impl $crate::FromRow for $name {
            const COLUMNS: &'static [$crate::Column] =
                &[$($crate::Column::of::<$type>(Some(stringify!($field)))),*];

            fn from_row(row: &mut $crate::statement::Cells) -> ::fundrail_domain::Result<Self> {
                Ok(Self { $($field: row.next(stringify!($field))?),* })
            }
        }
    )*};
}

/// Declares a struct whose fields are the parameters of a statement, in their order: `execute insert_event { event: NewEvent<'_> }`.
///
/// ```text
/// parameters! {
///     /// An event that is to be recorded.
///     pub struct NewEvent<'a> { pub id: Uuid, pub action: &'a str }
/// }
/// ```
macro_rules! parameters {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident $(<$life:lifetime>)? { $($(#[$doc:meta])* pub $field:ident: $type:ty),* $(,)? }
    )*) => {$(
        $(#[$meta])*
        pub struct $name $(<$life>)? { $($(#[$doc])* pub $field: $type),* }

        impl $(<$life>)? $crate::Parameters for $name $(<$life>)? {
            const TYPES: &'static [$crate::Type] = &[$(<$type as $crate::IntoParameter>::TYPE),*];

            fn append_to(self, bound: &mut Vec<$crate::Value>) {
                bound.extend([$($crate::IntoParameter::into_parameter(self.$field)),*]);
            }
        }
    )*};
}

/// Declares the statements of an aggregate, each with the function that runs it. The text is `sql/<aggregate>/<name>.sql`.
///
/// ```text
/// statements! { "identity";
///     /// Every row.
///     all sessions_of(user: UserId) -> SessionRow;
///     /// The first row, if there is one.
///     optional session(id: SessionId) -> SessionRow;
///     /// The row that is always there. Of a single column its type will do.
///     one count_sessions(user: UserId) -> i64;
///     /// How many rows it touched.
///     execute end_session(id: SessionId);
///     /// Parameters that stand in a struct, behind those that do not.
///     execute insert_session { session: NewSession<'_> };
///     /// A page of a list, by a column that no two rows share. `$1` is the cursor and `$2` how many rows; the others follow. The
///     /// file ends in its conditions, `where true` at least: cursor, order and limit are put behind it.
///     page own_sessions(user: UserId) -> SessionRow, by "id" ("uuid": Uuid);
/// }
/// ```
macro_rules! statements {
    ($aggregate:literal; $(
        $(#[$doc:meta])*
        $kind:ident $name:ident $(($($parameter:ident: $type:ty),* $(,)?))? $({$rest:ident: $fields:ty})? $(-> $row:ty)?
            $(, by $by:literal ($cast:literal: $cursor:ty))?;
    )*) => {
        $(statements!(@function $kind $name [$(#[$doc])*] [$($($parameter: $type),*)?] [$($rest: $fields)?] [$($row)?] [$($cursor)?]);)*

        /// The statements as declared, under the names of their functions.
        #[allow(non_upper_case_globals, reason = "they are called as their functions are")]
        pub mod statements {
            #[allow(unused_imports, reason = "an aggregate may have plain types alone")]
            use super::*;
            $(
                $(#[$doc])*
                pub static $name: $crate::Statement = $crate::Statement {
                    name: concat!($aggregate, "/", stringify!($name)),
                    sql: statements!(@sql $aggregate $name $($by $cast)?),
                    descending: statements!(@descending $aggregate $name $($by $cast)?),
                    parameters: statements!(@types [
                        $(<$cursor as $crate::IntoParameter>::TYPE, $crate::Type::Int64,)?
                        $($(<$type as $crate::IntoParameter>::TYPE,)*)?
                    ] [$($fields)?]),
                    columns: statements!(@columns $($row)?),
                };
            )*
        }

        /// All statements of this aggregate.
        pub static STATEMENTS: &[&$crate::Statement] = &[$(&statements::$name),*];
    };

    (@function execute $name:ident [$($doc:tt)*] [$($parameter:ident: $type:ty),*] [$($rest:ident: $fields:ty)?] [] []) => {
        $($doc)*
        pub async fn $name(
            db: &impl $crate::Connection
            $(, $parameter: $type)*
            $(, $rest: $fields)?
        ) -> ::fundrail_domain::Result<u64> {
            db.execute(statements::$name.sql, statements!(@bound [$($parameter,)*] [$($rest)?])).await
        }
    };
    (@function all $name:ident [$($doc:tt)*] [$($parameter:ident: $type:ty),*] [$($rest:ident: $fields:ty)?] [$row:ty] []) => {
        $($doc)*
        pub async fn $name(
            db: &impl $crate::Connection
            $(, $parameter: $type)*
            $(, $rest: $fields)?
        ) -> ::fundrail_domain::Result<Vec<$row>> {
            $crate::statement::all(db, statements::$name.named(), statements!(@bound [$($parameter,)*] [$($rest)?])).await
        }
    };
    (@function optional $name:ident [$($doc:tt)*] [$($parameter:ident: $type:ty),*] [$($rest:ident: $fields:ty)?] [$row:ty] []) => {
        $($doc)*
        pub async fn $name(
            db: &impl $crate::Connection
            $(, $parameter: $type)*
            $(, $rest: $fields)?
        ) -> ::fundrail_domain::Result<Option<$row>> {
            $crate::statement::optional(db, statements::$name.named(), statements!(@bound [$($parameter,)*] [$($rest)?])).await
        }
    };
    (@function one $name:ident [$($doc:tt)*] [$($parameter:ident: $type:ty),*] [$($rest:ident: $fields:ty)?] [$row:ty] []) => {
        $($doc)*
        pub async fn $name(
            db: &impl $crate::Connection
            $(, $parameter: $type)*
            $(, $rest: $fields)?
        ) -> ::fundrail_domain::Result<$row> {
            $crate::statement::one(db, statements::$name.named(), statements!(@bound [$($parameter,)*] [$($rest)?])).await
        }
    };
    (@function page $name:ident [$($doc:tt)*] [$($parameter:ident: $type:ty),*] [$($rest:ident: $fields:ty)?] [$row:ty] [$cursor:ty]) => {
        $($doc)*
        ///
        /// One more than `page.limit` if there are more.
        pub async fn $name(
            db: &impl $crate::Connection,
            page: &$crate::Asked<$cursor>
            $(, $parameter: $type)*
            $(, $rest: $fields)?
        ) -> ::fundrail_domain::Result<Vec<$row>> {
            let sql = (statements::$name.name, statements::$name.in_order(page.order));
            let parameters = statements!(@bound [page.after.clone(), page.limit_and_one(), $($parameter,)*] [$($rest)?]);
            $crate::statement::all(db, sql, parameters).await
        }
    };

    (@bound [$($value:expr,)*] []) => { vec![$($crate::IntoParameter::into_parameter($value)),*] };
    (@bound [$($value:expr,)*] [$rest:ident]) => {{
        let mut bound = vec![$($crate::IntoParameter::into_parameter($value)),*];
        $crate::Parameters::append_to($rest, &mut bound);
        bound
    }};
    (@types [$($type:expr,)*] []) => { &[$($type),*] };
    (@types [$($type:expr,)*] [$fields:ty]) => {{
        const GIVEN: &[$crate::Type] = &[$($type),*];
        const FIELDS: &[$crate::Type] = <$fields as $crate::Parameters>::TYPES;
        &$crate::statement::joined::<_, { GIVEN.len() + FIELDS.len() }>($crate::Type::Bool, GIVEN, FIELDS)
    }};

    (@sql $aggregate:literal $name:ident) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $aggregate, "/", stringify!($name), ".sql"))
    };
    (@sql $aggregate:literal $name:ident $by:literal $cast:literal) => {
        concat!(
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $aggregate, "/", stringify!($name), ".sql")),
            " and ($1::", $cast, " is null or ", $by, " > $1) order by ", $by, " limit $2"
        )
    };
    (@descending $aggregate:literal $name:ident) => { None };
    (@descending $aggregate:literal $name:ident $by:literal $cast:literal) => {
        Some(concat!(
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $aggregate, "/", stringify!($name), ".sql")),
            " and ($1::", $cast, " is null or ", $by, " < $1) order by ", $by, " desc limit $2"
        ))
    };
    (@columns) => { &[] };
    (@columns $row:ty) => { <$row as $crate::FromRow>::COLUMNS };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(error: &Error) -> String {
        error.context().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_row_that_is_not_as_declared_names_statement_and_column() {
        let mut row = Cells::of("nav/proposal", vec![Value::Null, Value::Int64(7)]);
        let null = row.next::<String>("reason").unwrap_err();
        assert_eq!(context(&null), "nav/proposal: the column `reason` is null");
        assert_eq!(row.next::<i64>("position").unwrap(), 7);
        let missing = row.next::<i64>("state").unwrap_err();
        assert_eq!(context(&missing), "nav/proposal: the column `state` is missing");
    }
}
