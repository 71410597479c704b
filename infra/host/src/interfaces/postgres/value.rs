//! From Postgres to components: which type arrives as which value, exactly as in Spin 4.1.

use std::error::Error as StdError;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};
use rust_decimal::Decimal;
use tokio_postgres::{
    Row as PostgresRow,
    types::{FromSql, Type},
};

use super::convert::{DecimalBound, Interval, Raw, from_decimal_range, from_range};
use crate::bindings::spin::postgres::postgres::{Column, DbDataType, DbValue, Row};

type Problem = Box<dyn StdError + Send + Sync>;

/// What a component is told about a column.
pub(super) fn column(column: &tokio_postgres::Column) -> Column {
    Column { name: column.name().to_owned(), data_type: data_type(column.type_()) }
}

fn data_type(of: &Type) -> DbDataType {
    match *of {
        Type::BOOL => DbDataType::Boolean,
        Type::BYTEA => DbDataType::Binary,
        Type::FLOAT4 => DbDataType::Floating32,
        Type::FLOAT8 => DbDataType::Floating64,
        Type::INT2 => DbDataType::Int16,
        Type::INT4 => DbDataType::Int32,
        Type::INT8 => DbDataType::Int64,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => DbDataType::Str,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => DbDataType::Datetime,
        Type::DATE => DbDataType::Date,
        Type::TIME => DbDataType::Time,
        Type::UUID => DbDataType::Uuid,
        Type::JSONB => DbDataType::Jsonb,
        Type::NUMERIC => DbDataType::Decimal,
        Type::INT4_RANGE => DbDataType::RangeInt32,
        Type::INT8_RANGE => DbDataType::RangeInt64,
        Type::NUM_RANGE => DbDataType::RangeDecimal,
        Type::INT4_ARRAY => DbDataType::ArrayInt32,
        Type::INT8_ARRAY => DbDataType::ArrayInt64,
        Type::NUMERIC_ARRAY => DbDataType::ArrayDecimal,
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => DbDataType::ArrayStr,
        Type::INTERVAL => DbDataType::Interval,
        _ => DbDataType::Other(of.name().to_owned()),
    }
}

/// A row as a component gets it.
pub(super) fn row(row: &PostgresRow) -> Result<Row, Problem> {
    row.columns().iter().enumerate().map(|(index, column)| value(row, index, column.type_())).collect()
}

fn value(row: &PostgresRow, index: usize, of: &Type) -> Result<DbValue, Problem> {
    let cell = Cell { row, index };
    match *of {
        Type::BOOL => cell.read(DbValue::Boolean),
        Type::BYTEA => cell.read(DbValue::Binary),
        Type::FLOAT4 => cell.read(DbValue::Floating32),
        Type::FLOAT8 => cell.read(DbValue::Floating64),
        Type::INT2 => cell.read(DbValue::Int16),
        Type::INT4 => cell.read(DbValue::Int32),
        Type::INT8 => cell.read(DbValue::Int64),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => cell.read(DbValue::Str),
        // Spin reads both as a time without zone, which the driver refuses for `timestamptz`: an error there and here.
        Type::TIMESTAMP | Type::TIMESTAMPTZ => cell.read_by(datetime),
        Type::DATE => cell.read_by(date),
        Type::TIME => cell.read_by(time),
        Type::UUID => cell.read(|id: uuid::Uuid| DbValue::Uuid(id.to_string())),
        Type::JSONB => cell.read_by(|json: serde_json::Value| Ok(DbValue::Jsonb(serde_json::to_vec(&json)?))),
        Type::NUMERIC => cell.read(|number: Decimal| DbValue::Decimal(number.to_string())),
        Type::INT4_RANGE => cell.read(|range| DbValue::RangeInt32(from_range(&range))),
        Type::INT8_RANGE => cell.read(|range| DbValue::RangeInt64(from_range(&range))),
        Type::NUM_RANGE => cell.read(|range: postgres_range::Range<DecimalBound>| {
            DbValue::RangeDecimal(from_decimal_range(&range))
        }),
        Type::INT4_ARRAY => cell.read(DbValue::ArrayInt32),
        Type::INT8_ARRAY => cell.read(DbValue::ArrayInt64),
        Type::NUMERIC_ARRAY => cell.read(|numbers: Vec<Option<Decimal>>| {
            DbValue::ArrayDecimal(
                numbers.iter().map(|number| number.map(|number| number.to_string())).collect(),
            )
        }),
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => cell.read(DbValue::ArrayStr),
        Type::INTERVAL => cell.read(|Interval(interval)| DbValue::Interval(interval)),
        _ => cell.read(|Raw(bytes)| DbValue::Unsupported(bytes)),
    }
}

/// One value of a row.
#[derive(Clone, Copy)]
struct Cell<'a> {
    row: &'a PostgresRow,
    index: usize,
}

impl<'a> Cell<'a> {
    fn read<T: FromSql<'a>>(self, convert: impl FnOnce(T) -> DbValue) -> Result<DbValue, Problem> {
        self.read_by(|value| Ok(convert(value)))
    }

    fn read_by<T: FromSql<'a>>(
        self,
        convert: impl FnOnce(T) -> Result<DbValue, Problem>,
    ) -> Result<DbValue, Problem> {
        match self.row.try_get::<_, Option<T>>(self.index)? {
            Some(value) => convert(value),
            None => Ok(DbValue::DbNull),
        }
    }
}

fn datetime(of: NaiveDateTime) -> Result<DbValue, Problem> {
    Ok(DbValue::Datetime((
        of.year(),
        of.month().try_into()?,
        of.day().try_into()?,
        of.hour().try_into()?,
        of.minute().try_into()?,
        of.second().try_into()?,
        of.nanosecond(),
    )))
}

fn date(of: NaiveDate) -> Result<DbValue, Problem> {
    Ok(DbValue::Date((of.year(), of.month().try_into()?, of.day().try_into()?)))
}

fn time(of: NaiveTime) -> Result<DbValue, Problem> {
    let (hour, minute, second) = (of.hour().try_into()?, of.minute().try_into()?, of.second().try_into()?);
    Ok(DbValue::Time((hour, minute, second, of.nanosecond())))
}

/// Approximate size of a value in memory, in bytes.
pub(super) fn size(value: &DbValue) -> usize {
    let texts = |list: &Vec<Option<String>>| {
        list.iter().map(|text| size_of::<Option<String>>() + text.as_ref().map_or(0, String::len)).sum()
    };
    size_of::<DbValue>()
        + match value {
            DbValue::Str(text) | DbValue::Uuid(text) | DbValue::Decimal(text) => text.len(),
            DbValue::Binary(bytes) | DbValue::Jsonb(bytes) | DbValue::Unsupported(bytes) => bytes.len(),
            DbValue::ArrayInt32(list) => size_of_val(list.as_slice()),
            DbValue::ArrayInt64(list) => size_of_val(list.as_slice()),
            DbValue::ArrayStr(list) | DbValue::ArrayDecimal(list) => texts(list),
            _ => 0,
        }
}
