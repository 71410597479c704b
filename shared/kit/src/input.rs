//! Reading requests: strict JSON, and a reader that reports every invalid field at once rather than just the first.
//!
//! ```
//! use fundrail_kit::input::{self, Object, parse_json};
//! struct Person { name: String, age: Option<u32> }
//! let json = parse_json(br#"{"name": "Ada", "age": 36}"#)?;
//! let mut body = Object::root(&json)?;
//! let (name, age) = (body.required::<String>("name"), body.optional::<u32>("age"));
//! let person: Result<Person, input::Error> = body.finish(|| Some(Person { name: name?, age }));
//! let person = person?;
//! assert_eq!((person.name.as_str(), person.age), ("Ada", Some(36)));
//! # Ok::<(), input::Error>(())
//! ```

use std::{cell::RefCell, collections::BTreeSet, fmt, rc::Rc};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{
    Serialize,
    de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use crate::{
    decimal::parse_decimal,
    text,
    time::{parse_date, parse_rfc3339},
};

/// Why something cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not JSON; says where it ceases to be.
    #[error("{0}")]
    Malformed(String),
    /// One or more fields are invalid; names all of them.
    #[error("the request has invalid fields")]
    Invalid(Vec<FieldError>),
    /// A reader gave up without a complaint: a defect of its own.
    #[error("a reader failed without a complaint")]
    Silent,
}

/// What reading gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One invalid field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body, or `/name` of a query or path parameter.
    pub pointer: String,
    /// What is wrong and what would be accepted, for the caller.
    pub message: String,
}

impl Error {
    fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { pointer: pointer.into(), message: message.into() }])
    }
}

/// Maximum number of complaints reported for one request.
pub const MOST_ERRORS: usize = 100;

/// A value that is written as text: ids, amounts, countries, dates.
pub trait FromText: Sized {
    /// Reads it, or says what it must be ("must be …").
    fn from_text(text: &str) -> Result<Self, String>;
}

/// A value of a JSON field.
pub trait FromJson: Sized {
    /// Reads it, or says what it must be ("must be …").
    fn from_json(value: &Value) -> Result<Self, String>;
}

impl<T: FromText> FromJson for T {
    fn from_json(value: &Value) -> Result<Self, String> {
        match value {
            Value::String(text) => T::from_text(text),
            _ => Err("must be a string".to_owned()),
        }
    }
}

impl FromText for String {
    fn from_text(text: &str) -> Result<Self, String> {
        if text.contains('\0') {
            return Err("must not contain NUL characters".to_owned());
        }
        Ok(text.to_owned())
    }
}

impl FromText for Decimal {
    fn from_text(text: &str) -> Result<Self, String> {
        parse_decimal(text)
    }
}

impl FromText for DateTime<Utc> {
    fn from_text(text: &str) -> Result<Self, String> {
        parse_rfc3339(text)
    }
}

impl FromText for NaiveDate {
    fn from_text(text: &str) -> Result<Self, String> {
        parse_date(text)
    }
}

impl FromText for uuid::Uuid {
    fn from_text(text: &str) -> Result<Self, String> {
        parse_uuid(text).map_err(str::to_owned)
    }
}

/// Accepts only the hyphenated form: 36 characters, in any case.
pub fn parse_uuid(text: &str) -> Result<uuid::Uuid, &'static str> {
    const EXPECTED: &str = "must be a UUID such as 0198c0de-0000-7000-8000-000000000001";
    if text.len() != 36 {
        return Err(EXPECTED);
    }
    uuid::Uuid::try_parse(text).map_err(|_| EXPECTED)
}

impl FromJson for bool {
    fn from_json(value: &Value) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| "must be true or false".to_owned())
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl FromJson for $type {
            fn from_json(value: &Value) -> Result<Self, String> {
                let fits = match value {
                    Value::Number(number) => number
                        .as_u64()
                        .and_then(|n| <$type>::try_from(n).ok())
                        .or_else(|| number.as_i64().and_then(|n| <$type>::try_from(n).ok())),
                    _ => None,
                };
                fits.ok_or_else(|| format!("must be a whole number from {} to {}", <$type>::MIN, <$type>::MAX))
            }
        }
    )*};
}
integers!(u8, u16, u32, u64, i16, i32, i64);

/// Reads a whole number consisting of digits only: the standard parsers also accept a plus sign.
pub fn whole_number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// Parses strict JSON: no duplicate keys, nothing after the value, at most 128 levels deep.
///
/// # Errors
/// [`Error::Malformed`] with the line and column.
pub fn parse_json(bytes: &[u8]) -> Result<Value> {
    let malformed =
        |error: serde_json::Error| Error::Malformed(format!("the body is not valid JSON: {error}"));
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut deserializer).map_err(malformed)?;
    deserializer.end().map_err(malformed)?;
    Ok(value)
}

/// Builds a [`Value`] as serde_json does, but rejects an object with a duplicate key: two readers of such a body, e.g. a
/// signature check and a handler, could each see a different value.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` is duplicated")));
            }
            object.insert(key, entries.next_value_seed(Strict)?);
        }
        Ok(Value::Object(object))
    }
}

/// Reads the fields of an object and collects every complaint, so that the caller learns of all of them at once. An unknown field
/// is a complaint too.
pub struct Object<'a> {
    fields: &'a Map<String, Value>,
    path: String,
    seen: BTreeSet<&'static str>,
    /// Whether unknown fields are accepted.
    tolerant: bool,
    errors: Rc<RefCell<Vec<FieldError>>>,
    /// Where what was asked for is left, for [`fields_of`].
    record: Option<&'a RefCell<Asked>>,
}

/// What a reader has asked for.
#[derive(Default)]
struct Asked {
    /// Names of fields.
    fields: BTreeSet<&'static str>,
    /// Pointers of those that it complained about.
    missing: Vec<String>,
}

/// The fields that a reader of a body asks for, and those that it cannot do without: for comparing it with its documentation.
///
/// # Errors
/// What the reader says of an empty body, unless it is that fields are missing.
pub fn fields_of<T, E>(
    read: impl FnOnce(Object<'_>) -> Result<T, E>,
) -> Result<(BTreeSet<&'static str>, Vec<String>), E> {
    let (nothing, record) = (Map::new(), RefCell::default());
    let mut object = Object::at(&nothing, String::new(), Rc::default());
    object.record = Some(&record);
    let read = read(object);
    let Asked { fields, missing } = record.into_inner();
    match read {
        Err(other) if missing.is_empty() => Err(other),
        _ => Ok((fields, missing)),
    }
}

impl<'a> Object<'a> {
    /// The body itself.
    ///
    /// # Errors
    /// [`Error::Invalid`] at the root when it is not an object.
    pub fn root(value: &'a Value) -> Result<Self> {
        match value {
            Value::Object(fields) => Ok(Self::at(fields, String::new(), Rc::default())),
            _ => Err(Error::field("", "must be a JSON object")),
        }
    }

    /// An object at `path` within a larger document.
    pub fn nested(value: &'a Value, path: impl Into<String>) -> Result<Self> {
        let path = path.into();
        match value {
            Value::Object(fields) => Ok(Self::at(fields, path, Rc::default())),
            _ => Err(Error::field(path, "must be a JSON object")),
        }
    }

    fn at(fields: &'a Map<String, Value>, path: String, errors: Rc<RefCell<Vec<FieldError>>>) -> Self {
        Self { fields, path, seen: BTreeSet::new(), tolerant: false, errors, record: None }
    }

    /// Ignores unknown fields of this object: for messages from third parties, whose formats grow. Our own callers are told about
    /// every field that has no effect.
    pub fn pass_over_unknown(&mut self) {
        self.tolerant = true;
    }

    /// JSON Pointer of a field of this object.
    pub fn pointer(&self, name: &str) -> String {
        format!("{}/{}", self.path, name.replace('~', "~0").replace('/', "~1"))
    }

    /// Adds a complaint about a field, for checks that involve more than one of them.
    pub fn complain(&mut self, name: &str, message: impl Into<String>) {
        let pointer = self.pointer(name);
        self.note(pointer, message.into());
    }

    /// Adds a complaint about something inside a field, by its JSON Pointer relative to this object.
    pub fn complain_below(&mut self, relative: &str, message: impl Into<String>) {
        let pointer = format!("{}{relative}", self.path);
        self.note(pointer, message.into());
    }

    /// For a body full of errors the first complaints are enough: the response must not be larger than the body.
    fn note(&self, pointer: String, message: String) {
        let mut errors = self.errors.borrow_mut();
        if errors.len() < MOST_ERRORS {
            errors.push(FieldError { pointer, message });
        }
    }

    /// The object as it came, for what is read later.
    pub fn as_it_came(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    /// Whether the field is present and not null.
    pub fn has(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(|value| !value.is_null())
    }

    fn take(&mut self, name: &'static str) -> Option<&'a Value> {
        self.seen.insert(name);
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// A required field. `None` means that a complaint has been recorded.
    pub fn required<T: FromJson>(&mut self, name: &'static str) -> Option<T> {
        self.required_as(name, T::from_json)
    }

    /// A field that may be absent or null. An invalid value is a complaint.
    pub fn optional<T: FromJson>(&mut self, name: &'static str) -> Option<T> {
        self.optional_as(name, T::from_json)
    }

    /// Like [`Self::required`], with a custom reader.
    pub fn required_as<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Value) -> Result<T, String>,
    ) -> Option<T> {
        if !self.has(name) {
            self.seen.insert(name);
            self.complain(name, "is required");
            return None;
        }
        self.optional_as(name, read)
    }

    /// Like [`Self::optional`], with a custom reader.
    pub fn optional_as<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Value) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.take(name)?;
        match read(value) {
            Ok(read) => Some(read),
            Err(message) => {
                self.complain(name, message);
                None
            }
        }
    }

    /// A required object, read by `read`, which returns `None` if it has complained.
    pub fn required_object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Object<'a>) -> Option<T>,
    ) -> Option<T> {
        if !self.has(name) {
            self.seen.insert(name);
            self.complain(name, "is required");
            return None;
        }
        self.optional_object(name, read)
    }

    /// An object that may be absent or null.
    pub fn optional_object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Object<'a>) -> Option<T>,
    ) -> Option<T> {
        let value = self.take(name)?;
        let path = self.pointer(name);
        self.read_object(value, path, read)
    }

    /// A list of objects with `min` to `max` entries; absent or null means an empty list.
    pub fn objects<T>(
        &mut self,
        name: &'static str,
        (min, max): (usize, usize),
        mut read: impl FnMut(&mut Object<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.items(name, min, max)?;
        let path = self.pointer(name);
        let read: Vec<Option<T>> = items
            .iter()
            .enumerate()
            .map(|(index, item)| self.read_object(item, format!("{path}/{index}"), &mut read))
            .collect();
        read.into_iter().collect()
    }

    /// A list of plain values with `min` to `max` entries; absent or null means an empty list.
    pub fn list<T: FromJson>(&mut self, name: &'static str, (min, max): (usize, usize)) -> Option<Vec<T>> {
        let items = self.items(name, min, max)?;
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match T::from_json(item) {
                Ok(item) => list.push(item),
                Err(message) => {
                    let pointer = format!("{}/{index}", self.pointer(name));
                    self.note(pointer, message);
                }
            }
        }
        (list.len() == items.len()).then_some(list)
    }

    fn items(&mut self, name: &'static str, min: usize, max: usize) -> Option<&'a [Value]> {
        let items = match self.take(name) {
            None => &[],
            Some(Value::Array(items)) => items.as_slice(),
            Some(_) => {
                self.complain(name, "must be a list");
                return None;
            }
        };
        if items.len() < min || items.len() > max {
            self.complain(name, format!("must have {min} to {max} entries"));
            return None;
        }
        Some(items)
    }

    fn read_object<T>(
        &self,
        value: &'a Value,
        path: String,
        read: impl FnOnce(&mut Object<'a>) -> Option<T>,
    ) -> Option<T> {
        let Value::Object(fields) = value else {
            let message = "must be a JSON object".to_owned();
            self.note(path, message);
            return None;
        };
        let mut object = Object::at(fields, path, Rc::clone(&self.errors));
        let result = read(&mut object);
        object.complain_of_unknown();
        result
    }

    fn complain_of_unknown(&mut self) {
        if self.tolerant {
            return;
        }
        let unknown: Vec<&String> =
            self.fields.keys().filter(|key| !self.seen.contains(key.as_str())).collect();
        for key in unknown {
            self.complain(key, "is not a field of this request");
        }
    }

    /// Finishes reading: returns all complaints, or what `build` makes of the fields. The error is of the type that whoever reads
    /// returns.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every complaint, in the order in which the fields were read.
    pub fn finish<T, E: From<Error>>(mut self, build: impl FnOnce() -> Option<T>) -> Result<T, E> {
        self.complain_of_unknown();
        let errors = self.errors.take();
        if let Some(record) = self.record {
            let mut record = record.borrow_mut();
            record.fields.extend(&self.seen);
            record.missing.extend(errors.iter().map(|error| error.pointer.clone()));
        }
        if !errors.is_empty() {
            return Err(Error::Invalid(errors).into());
        }
        build().ok_or_else(|| Error::Silent.into())
    }
}

/// Text of `min` to `max` characters, as [`text::tidied`] stores it: one line with something visible in it.
///
/// Use it as the reader of [`Object::required_as`].
pub fn text_between(min: usize, max: usize) -> impl Fn(&Value) -> Result<String, String> {
    move |value| {
        let expected =
            || format!("must be text of {min} to {max} visible characters, without control characters");
        let text = text::tidied(value.as_str().ok_or_else(expected)?);
        let length = text.chars().count();
        let unseen = min > 0 && !text::is_visible(&text);
        if length < min || length > max || unseen || text.chars().any(text::is_forbidden) {
            return Err(expected());
        }
        Ok(text)
    }
}

/// A whole number from `min` to `max`.
pub fn number_between(min: i32, max: i32) -> impl Fn(&Value) -> Result<i32, String> {
    move |value| {
        let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
        let fits = number.filter(|number| (min..=max).contains(number));
        fits.ok_or_else(|| format!("must be a whole number from {min} to {max}"))
    }
}

/// One of a closed set of words.
pub fn one_of<T: Copy>(choices: &'static [(&'static str, T)]) -> impl Fn(&Value) -> Result<T, String> {
    move |value| {
        let found = value.as_str().and_then(|text| choices.iter().find(|(word, _)| *word == text));
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            format!("must be one of {}", words.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pointers(error: Error) -> Vec<String> {
        match error {
            Error::Invalid(errors) => errors.into_iter().map(|e| e.pointer).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_wrong_missing_and_unknown_field_is_named_at_once() {
        let json = json!({"age": "x", "extra/key": 1, "inner": {"more": 1}, "list": [1, "a"]});
        let mut body = Object::root(&json).unwrap();
        let name = body.required::<String>("name");
        let age = body.optional::<u32>("age");
        let inner = body.required_object("inner", |inner| inner.required::<bool>("flag"));
        let list = body.list::<u32>("list", (0, 5));
        let error = body.finish(|| Some((name?, age, inner?, list?))).unwrap_err();
        assert_eq!(
            pointers(error),
            ["/name", "/age", "/inner/flag", "/inner/more", "/list/1", "/extra~1key"]
        );
    }

    #[test]
    fn a_key_that_stands_twice_is_malformed() {
        for text in [r#"{"a":1,"a":2}"#, r#"{"x":[{"a":1,"a":1}]}"#, "{} {}", "", "{\"a\":", "nul"] {
            assert!(matches!(parse_json(text.as_bytes()), Err(Error::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_malformed_not_a_stack_overflow() {
        let text = "[".repeat(100_000);
        assert!(parse_json(text.as_bytes()).is_err());
    }

    #[test]
    fn null_is_as_good_as_missing() {
        let json = json!({"name": null, "age": null});
        let mut body = Object::root(&json).unwrap();
        let (name, age) = (body.required::<String>("name"), body.optional::<u8>("age"));
        assert_eq!(pointers(body.finish(|| Some((name?, age))).unwrap_err()), ["/name"]);
    }

    #[test]
    fn text_is_visible_and_written_one_way() {
        let read = |text: &str| text_between(1, 5)(&json!(text));
        assert_eq!(read(" Zoe\u{308} ").as_deref(), Ok("Zoë"));
        assert_eq!(read("\u{200b}Ada\u{200b}").as_deref(), Ok("Ada"));
        for wrong in [
            "",
            " ",
            "\u{200b}\u{200b}",
            "\u{3164}",
            "a\nb",
            "a\u{202e}b",
            "a\u{2028}b",
            "abcdef",
            "a\0b",
            "a\u{1ffff}",
            "\u{fdd0}b",
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
        assert!(text_between(1, 5)(&json!(7)).is_err());
        assert_eq!(text_between(0, 5)(&json!("")).as_deref(), Ok(""));
    }

    #[test]
    fn a_whole_number_is_digits_and_nothing_else() {
        assert_eq!((whole_number::<u8>("7"), whole_number::<i64>("007")), (Some(7), Some(7)));
        for wrong in ["", "+7", "-7", " 7", "7 ", "7.0", "7e0", "٧", "0x7", "256"] {
            assert_eq!(whole_number::<u8>(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn integers_do_not_wrap() {
        for (value, fits) in
            [(json!(255), true), (json!(256), false), (json!(-1), false), (json!(1.5), false)]
        {
            assert_eq!(u8::from_json(&value).is_ok(), fits, "{value}");
        }
    }
}
