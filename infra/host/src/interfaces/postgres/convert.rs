//! From components to Postgres, and the types that the driver does not know.

use std::{cmp::Ordering, error::Error as StdError};

use bytes::{BufMut as _, BytesMut};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use postgres_range::{BoundSided, BoundType, Normalizable, Range, RangeBound};
use rust_decimal::Decimal;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use crate::bindings::spin::postgres::postgres::{Interval as GuestInterval, ParameterValue, RangeBoundKind};

/// A parameter as the driver takes it.
pub(super) type Parameter = Box<dyn ToSql + Send + Sync>;

/// A range as passed by components: lower and upper bound, each optional.
type GuestRange<T> = (Option<(T, RangeBoundKind)>, Option<(T, RangeBoundKind)>);

type Problem = Box<dyn StdError + Send + Sync>;

/// A component's value for the driver, or what is wrong with it.
pub(super) fn parameter(value: &ParameterValue) -> Result<Parameter, String> {
    use ParameterValue as Value;
    Ok(match value {
        Value::Boolean(value) => Box::new(*value),
        Value::Int8(value) => Box::new(*value),
        Value::Int16(value) => Box::new(*value),
        Value::Int32(value) => Box::new(*value),
        Value::Int64(value) => Box::new(*value),
        Value::Floating32(value) => Box::new(*value),
        Value::Floating64(value) => Box::new(*value),
        Value::Str(value) => Box::new(value.clone()),
        Value::Binary(value) => Box::new(value.clone()),
        Value::Date(value) => Box::new(date(*value)?),
        Value::Time(value) => Box::new(time(*value)?),
        Value::Datetime((year, month, day, hour, minute, second, nanosecond)) => Box::new(
            NaiveDateTime::new(date((*year, *month, *day))?, time((*hour, *minute, *second, *nanosecond))?),
        ),
        Value::Timestamp(value) => Box::new(timestamp(*value)?),
        Value::Uuid(value) => {
            Box::new(uuid::Uuid::parse_str(value).map_err(|error| invalid("UUID", value, &error))?)
        }
        Value::Jsonb(value) => Box::new(json(value)?),
        Value::Decimal(value) => Box::new(decimal(value)?),
        Value::RangeInt32(value) => Box::new(to_range(*value)),
        Value::RangeInt64(value) => Box::new(to_range(*value)),
        Value::RangeDecimal(value) => Box::new(to_decimal_range(value)?),
        Value::ArrayInt32(values) => Box::new(values.clone()),
        Value::ArrayInt64(values) => Box::new(values.clone()),
        Value::ArrayDecimal(values) => Box::new(
            values
                .iter()
                .map(|value| value.as_deref().map(decimal).transpose())
                .collect::<Result<Vec<_>, _>>()?,
        ),
        Value::ArrayStr(values) => Box::new(values.clone()),
        Value::Interval(value) => Box::new(Interval(*value)),
        Value::DbNull => Box::new(Null),
    })
}

fn invalid(kind: &str, value: &str, cause: &dyn StdError) -> String {
    format!("invalid {kind} {value}\n\nCaused by:\n    {cause}")
}

fn date((year, month, day): (i32, u8, u8)) -> Result<NaiveDate, String> {
    NaiveDate::from_ymd_opt(year, month.into(), day.into())
        .ok_or_else(|| format!("invalid date y={year}, m={month}, d={day}"))
}

fn time((hour, minute, second, nanosecond): (u8, u8, u8, u32)) -> Result<NaiveTime, String> {
    NaiveTime::from_hms_nano_opt(hour.into(), minute.into(), second.into(), nanosecond)
        .ok_or_else(|| format!("invalid time {hour}:{minute}:{second}:{nanosecond}"))
}

fn timestamp(seconds: i64) -> Result<DateTime<Utc>, String> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| format!("invalid epoch timestamp {seconds}"))
}

fn decimal(text: &str) -> Result<Decimal, String> {
    Decimal::from_str_exact(text).map_err(|error| invalid("decimal", text, &error))
}

fn json(bytes: &[u8]) -> Result<serde_json::Value, String> {
    serde_json::from_slice(bytes).map_err(|error| invalid("JSON", &String::from_utf8_lossy(bytes), &error))
}

fn kind_of(bound: BoundType) -> RangeBoundKind {
    match bound {
        BoundType::Inclusive => RangeBoundKind::Inclusive,
        BoundType::Exclusive => RangeBoundKind::Exclusive,
    }
}

fn bound<S: BoundSided, T: PartialOrd>(value: T, kind: RangeBoundKind) -> RangeBound<S, T> {
    RangeBound::new(
        value,
        match kind {
            RangeBoundKind::Inclusive => BoundType::Inclusive,
            RangeBoundKind::Exclusive => BoundType::Exclusive,
        },
    )
}

fn to_range<T: Normalizable + PartialOrd>((lower, upper): GuestRange<T>) -> Range<T> {
    Range::new(lower.map(|(value, kind)| bound(value, kind)), upper.map(|(value, kind)| bound(value, kind)))
}

fn to_decimal_range((lower, upper): &GuestRange<String>) -> Result<Range<DecimalBound>, String> {
    type Side<T> = Option<(T, RangeBoundKind)>;
    let parse = |side: &Side<String>| -> Result<Side<DecimalBound>, String> {
        let Some((text, kind)) = side else { return Ok(None) };
        Ok(Some((DecimalBound(decimal(text)?), *kind)))
    };
    let range: GuestRange<DecimalBound> = (parse(lower)?, parse(upper)?);
    Ok(to_range(range))
}

/// A range of whole numbers for a component.
pub(super) fn from_range<T: Copy + Normalizable + PartialOrd>(range: &Range<T>) -> GuestRange<T> {
    (
        range.lower().map(|bound| (bound.value, kind_of(bound.type_))),
        range.upper().map(|bound| (bound.value, kind_of(bound.type_))),
    )
}

/// A range of decimals for a component.
pub(super) fn from_decimal_range(range: &Range<DecimalBound>) -> GuestRange<String> {
    let (lower, upper) = from_range(range);
    let text = |(DecimalBound(number), kind): (DecimalBound, RangeBoundKind)| (number.to_string(), kind);
    (lower.map(text), upper.map(text))
}

/// A decimal as the bound of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DecimalBound(Decimal);

impl PartialOrd for DecimalBound {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.0.partial_cmp(&other.0)
    }
}

impl Normalizable for DecimalBound {
    fn normalize<S: BoundSided>(bound: RangeBound<S, Self>) -> RangeBound<S, Self> {
        bound // there is no next decimal to move an exclusive bound to
    }
}

impl<'a> FromSql<'a> for DecimalBound {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Problem> {
        Decimal::from_sql(of, raw).map(Self)
    }

    accepts!(NUMERIC);
}

impl ToSql for DecimalBound {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, Problem> {
        self.0.to_sql(of, out)
    }

    accepts!(NUMERIC);
    to_sql_checked!();
}

/// An `interval`: microseconds, days and months, each signed and big-endian.
#[derive(Debug)]
pub(super) struct Interval(pub(super) GuestInterval);

impl<'a> FromSql<'a> for Interval {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Problem> {
        let short = || Problem::from("unexpected binary format for Postgres INTERVAL");
        let (micros, rest) = raw.split_first_chunk().ok_or_else(short)?;
        let (days, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let months = rest.try_into().map_err(|_| short())?;
        Ok(Self(GuestInterval {
            micros: i64::from_be_bytes(*micros),
            days: i32::from_be_bytes(*days),
            months: i32::from_be_bytes(months),
        }))
    }

    accepts!(INTERVAL);
}

impl ToSql for Interval {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Problem> {
        out.put_i64(self.0.micros);
        out.put_i32(self.0.days);
        out.put_i32(self.0.months);
        Ok(IsNull::No)
    }

    accepts!(INTERVAL);
    to_sql_checked!();
}

/// `null` of any type.
#[derive(Debug)]
struct Null;

impl ToSql for Null {
    fn to_sql(&self, _: &Type, _: &mut BytesMut) -> Result<IsNull, Problem> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The bytes of a value whose type components do not know.
#[derive(Debug)]
pub(super) struct Raw(pub(super) Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Problem> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
