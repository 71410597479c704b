//! Types that can stand for a `$1`.

use alloy_primitives::Address;
use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{ids, reference::Nationality};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{Type, Value};

/// A type that can stand for a `$1`. Ids bind to `uuid`; times, dates, amounts and JSON bind to `text`, and are cast
/// (`$1::text::timestamptz`).
pub trait IntoParameter {
    /// The type that Postgres must take it for.
    const TYPE: Type;

    /// The value.
    fn into_parameter(self) -> Value;
}

macro_rules! plain {
    ($($rust:ty => $type:ident),* $(,)?) => {$(
        impl IntoParameter for $rust {
            const TYPE: Type = Type::$type;
            fn into_parameter(self) -> Value {
                Value::$type(self)
            }
        }
    )*};
}
plain!(bool => Bool, i16 => Int16, i32 => Int32, i64 => Int64, String => Text, Vec<u8> => Bytes, Uuid => Uuid);

/// Types that are bound as text, each with how it is written.
macro_rules! texts {
    ($($rust:ty => |$value:ident| $text:expr),* $(,)?) => {$(
        impl IntoParameter for $rust {
            const TYPE: Type = Type::Text;
            fn into_parameter(self) -> Value {
                let $value = self;
                Value::Text($text)
            }
        }
    )*};
}
texts! {
    &str => |text| text.to_owned(),
    &String => |text| text.clone(),
    DateTime<Utc> => |time| fundrail_domain::time::rfc3339(time),
    NaiveDate => |date| date.to_string(),
    Decimal => |amount| amount.to_string(),
    serde_json::Value => |json| json.to_string(),
    fundrail_domain::money::Currency => |currency| currency.code().to_owned(),
    fundrail_domain::price::Symbol => |symbol| symbol.as_str().to_owned(),
    &fundrail_domain::price::Symbol => |symbol| symbol.as_str().to_owned(),
    fundrail_domain::price::AssetClass => |class| class.word().to_owned(),
    fundrail_domain::fund::DealingFrequency => |frequency| frequency.word().to_owned(),
    fundrail_domain::fund::DistributionPolicy => |policy| policy.word().to_owned(),
    fundrail_domain::fund::FundStatus => |status| status.word().to_owned(),
    fundrail_domain::fund::Isin => |isin| isin.as_str().to_owned(),
    fundrail_domain::fund::ProposalState => |state| state.word().to_owned(),
    fundrail_domain::fund::Strategy => |strategy| strategy.word().to_owned(),
    fundrail_domain::fund::TokenStandard => |standard| standard.word().to_owned(),
    fundrail_domain::investor::Kind => |kind| kind.word().to_owned(),
    fundrail_domain::investor::KycStatus => |status| status.word().to_owned(),
    &fundrail_domain::investor::Lei => |lei| lei.as_str().to_owned(),
    fundrail_domain::investor::RevocationSubject => |subject| subject.word().to_owned(),
    fundrail_domain::investor::ScreeningOutcome => |outcome| outcome.word().to_owned(),
    fundrail_domain::investor::file::FileDocumentKind => |kind| kind.word().to_owned(),
    fundrail_domain::investor::file::FileEvent => |event| event.word().to_owned(),
    fundrail_domain::investor::file::FileState => |state| state.word().to_owned(),
    fundrail_domain::investor::file::RiskRating => |rating| rating.word().to_owned(),
    fundrail_domain::investor::proof::WalletSignature => |signature| signature.to_string(),
    fundrail_domain::reference::Country => |country| country.code().to_owned(),
    &fundrail_domain::reference::Region => |region| region.code().to_owned(),
    fundrail_domain::compliance::Outcome => |outcome| outcome.word().to_owned(),
    fundrail_domain::compliance::Side => |side| side.word().to_owned(),
    fundrail_domain::escrow::State => |state| state.word().to_owned(),
    // In lower case, as all addresses are in the database.
    Address => |address| format!("{address:#x}"),
    fundrail_domain::reference::WalletAddress => |address| format!("{:#x}", address.0),
}

impl<T: IntoParameter> IntoParameter for Option<T> {
    const TYPE: Type = T::TYPE;
    fn into_parameter(self) -> Value {
        self.map_or(Value::Null, T::into_parameter)
    }
}

/// A list binds to `text[]`; cast it for others (`$1::text[]::uuid[]`).
impl IntoParameter for Vec<String> {
    const TYPE: Type = Type::Texts;
    fn into_parameter(self) -> Value {
        Value::Texts(self.into_iter().map(Some).collect())
    }
}

/// The same, of which some may be missing.
impl IntoParameter for Vec<Option<String>> {
    const TYPE: Type = Type::Texts;
    fn into_parameter(self) -> Value {
        Value::Texts(self)
    }
}

impl IntoParameter for Vec<DateTime<Utc>> {
    const TYPE: Type = Type::Texts;
    fn into_parameter(self) -> Value {
        Value::Texts(self.into_iter().map(|time| Some(fundrail_domain::time::rfc3339(time))).collect())
    }
}

impl IntoParameter for &[String] {
    const TYPE: Type = Type::Texts;
    fn into_parameter(self) -> Value {
        self.to_vec().into_parameter()
    }
}

impl IntoParameter for &[&str] {
    const TYPE: Type = Type::Texts;
    fn into_parameter(self) -> Value {
        Value::Texts(self.iter().map(|text| Some((*text).to_owned())).collect())
    }
}

impl IntoParameter for Vec<Uuid> {
    const TYPE: Type = Type::Texts;
    fn into_parameter(self) -> Value {
        Value::Texts(self.into_iter().map(|id| Some(id.to_string())).collect())
    }
}

impl IntoParameter for &[ids::FundId] {
    const TYPE: Type = Type::Texts;
    fn into_parameter(self) -> Value {
        Value::Texts(self.iter().map(|id| Some(id.to_string())).collect())
    }
}

impl IntoParameter for &[Nationality] {
    const TYPE: Type = Type::Texts;
    fn into_parameter(self) -> Value {
        Value::Texts(self.iter().map(|nationality| Some(nationality.code().to_owned())).collect())
    }
}
