//! Types that columns are read as.

use alloy_primitives::{Address, B256, Bytes, U256};
use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{input::FromText, investor::Recorded};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{Type, Value};

/// A type that a column can be read as.
pub trait Field: Sized {
    /// The type that the column must have.
    const TYPE: Type;
    /// Whether it may be null.
    const NULLABLE: bool = false;

    /// Reads it, or says what it must be.
    ///
    /// # Errors
    /// What is wrong with it.
    fn read(value: Value) -> Result<Self, String>;
}

fn of_another_type(value: &Value) -> String {
    let found = match value {
        Value::Null => "is null",
        Value::Bool(_) => "is a boolean",
        Value::Int16(_) | Value::Int32(_) | Value::Int64(_) => "is another integer",
        Value::Text(_) => "is text",
        Value::Bytes(_) => "is binary",
        Value::Uuid(_) => "is a uuid",
        Value::Texts(_) => "is a list",
    };
    found.to_owned()
}

macro_rules! fields {
    ($($rust:ty => $type:ident),* $(,)?) => {$(
        impl Field for $rust {
            const TYPE: Type = Type::$type;
            fn read(value: Value) -> Result<Self, String> {
                match value {
                    Value::$type(value) => Ok(value),
                    other => Err(of_another_type(&other)),
                }
            }
        }
    )*};
}
fields!(bool => Bool, i16 => Int16, i32 => Int32, i64 => Int64, String => Text, Vec<u8> => Bytes, Uuid => Uuid);

/// Types that are text in a column.
macro_rules! texts {
    ($($rust:ty),* $(,)?) => {$(
        impl Field for $rust {
            const TYPE: Type = Type::Text;
            fn read(value: Value) -> Result<Self, String> {
                <$rust as FromText>::from_text(&String::read(value)?)
            }
        }
    )*};
}
texts!(
    DateTime<Utc>,
    NaiveDate,
    Decimal,
    fundrail_domain::price::AssetClass,
    fundrail_domain::fund::DealingFrequency,
    fundrail_domain::fund::DistributionPolicy,
    fundrail_domain::fund::FundStatus,
    fundrail_domain::fund::ProposalState,
    fundrail_domain::fund::Strategy,
    fundrail_domain::investor::Kind,
    fundrail_domain::investor::RevocationSubject,
    fundrail_domain::investor::ScreeningOutcome,
    fundrail_domain::investor::file::FileDocumentKind,
    fundrail_domain::investor::file::FileEvent,
    fundrail_domain::investor::file::FileState,
    fundrail_domain::investor::file::RiskRating,
    fundrail_domain::reference::Country,
    fundrail_domain::compliance::facts::ClassStatus,
    fundrail_domain::compliance::Outcome,
    fundrail_domain::compliance::Side,
    fundrail_domain::escrow::Account,
    fundrail_domain::escrow::DisputeState,
    fundrail_domain::escrow::EventOutcome,
    fundrail_domain::escrow::State,
    fundrail_domain::reference::WalletAddress,
);

/// It may have been withdrawn since it was stored.
impl Field for fundrail_domain::money::Currency {
    const TYPE: Type = Type::Text;
    fn read(value: Value) -> Result<Self, String> {
        let code = String::read(value)?;
        Self::recorded(&code).ok_or_else(|| format!("is no currency: {code}"))
    }
}

/// Wider than anything that Spin passes, and therefore text in a column: numbers in decimal, bytes in hexadecimal.
macro_rules! wide {
    ($($rust:ty),* $(,)?) => {$(
        impl Field for $rust {
            const TYPE: Type = Type::Text;
            fn read(value: Value) -> Result<Self, String> {
                let text = String::read(value)?;
                text.parse().map_err(|_| format!("is not as expected: {text}"))
            }
        }
    )*};
}
wide!(u64, U256, Address, B256, Bytes);

impl<T: Field> Field for Option<T> {
    const TYPE: Type = T::TYPE;
    const NULLABLE: bool = true;
    fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            value => T::read(value).map(Some),
        }
    }
}

/// A `text[]` without nulls.
impl Field for Vec<String> {
    const TYPE: Type = Type::Texts;
    fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Texts(texts) => Ok(texts.into_iter().flatten().collect()),
            other => Err(of_another_type(&other)),
        }
    }
}

/// What `investor_profile` contains about an investor.
impl Field for Recorded {
    const TYPE: Type = Type::Text;
    fn read(value: Value) -> Result<Self, String> {
        let read = Self::from_stored(&String::read(value)?);
        read.map_err(|error| error.context().unwrap_or("is no investor").to_owned())
    }
}

/// Hashes in a `text[]`.
impl Field for Vec<B256> {
    const TYPE: Type = Type::Texts;
    fn read(value: Value) -> Result<Self, String> {
        let texts = Vec::<String>::read(value)?;
        texts.into_iter().map(|text| B256::read(Value::Text(text))).collect()
    }
}

/// A JSON column that was selected as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> Field for Json<T> {
    const TYPE: Type = Type::Text;
    fn read(value: Value) -> Result<Self, String> {
        let text = String::read(value)?;
        serde_json::from_str(&text).map(Self).map_err(|error| format!("is not as expected: {error}"))
    }
}
