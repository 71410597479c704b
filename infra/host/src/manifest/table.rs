//! TOML tables that know their position and which of their keys were asked for.

use std::{borrow::Cow, collections::BTreeSet, ops::Range, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::ManifestError;
use crate::template::Template;

/// The file being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl File<'_> {
    fn line(self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or_default();
        before.matches('\n').count() + 1
    }

    pub(super) fn syntax_error(self, error: &toml::de::Error) -> ManifestError {
        let line = error.span().map(|span| self.line(&span));
        ManifestError::new(self.path, line, "", error.message().replace('\n', ", "))
    }
}

/// A table: keys are taken from it one by one, and [`Table::finish`] complains about those that nobody took.
#[derive(Debug)]
pub(super) struct Table<'a> {
    file: File<'a>,
    key: String,
    line: usize,
    entries: &'a DeTable<'a>,
    taken: BTreeSet<Cow<'static, str>>,
}

/// A value with its position.
#[derive(Debug)]
pub(super) struct Value<'a> {
    file: File<'a>,
    key: String,
    line: usize,
    content: &'a DeValue<'a>,
}

impl<'a> Table<'a> {
    pub(super) fn root(file: File<'a>, root: &'a Spanned<DeTable<'a>>) -> Self {
        Self { file, key: String::new(), line: 1, entries: root.get_ref(), taken: BTreeSet::new() }
    }

    /// The value of `name`, if present.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.taken.insert(Cow::Borrowed(name));
        let (key, value) = self.entries.get_key_value(name)?;
        Some(self.value(key, value))
    }

    /// The value of `name`, which must be present.
    pub(super) fn required(&mut self, name: &'static str) -> Result<Value<'a>, ManifestError> {
        self.optional(name).ok_or_else(|| self.error(format!("lacks `{name}`")))
    }

    /// Allows `name` without looking at it.
    pub(super) fn ignore(&mut self, name: &'static str) {
        self.taken.insert(Cow::Borrowed(name));
    }

    /// All entries, for tables whose keys are names chosen by the author.
    pub(super) fn into_entries(self) -> Vec<(String, Value<'a>)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries.into_iter().map(|(key, value)| (key.get_ref().to_string(), self.value(key, value))).collect()
    }

    /// An error for the first key that nobody took.
    pub(super) fn finish(self) -> Result<(), ManifestError> {
        let unknown = self
            .entries
            .iter()
            .filter(|(key, _)| !self.taken.contains(key.get_ref().as_ref()))
            .min_by_key(|(key, _)| key.span().start);
        let Some((key, value)) = unknown else { return Ok(()) };
        let known = self.taken.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        Err(self.value(key, value).error(format!("is no known key here; known are {known}")))
    }

    /// An error about the table itself.
    pub(super) fn error(&self, problem: impl Into<String>) -> ManifestError {
        let line = (!self.key.is_empty()).then_some(self.line);
        ManifestError::new(self.file.path, line, &self.key, problem)
    }

    fn value(&self, key: &Spanned<Cow<'a, str>>, value: &'a Spanned<DeValue<'a>>) -> Value<'a> {
        let name = key.get_ref();
        let path = if self.key.is_empty() { name.to_string() } else { format!("{}.{name}", self.key) };
        // A table `[a.b]` has no text of its own for `a`: its key is in the header, which is what should be shown.
        Value { file: self.file, key: path, line: self.file.line(&key.span()), content: value.get_ref() }
    }
}

impl<'a> Value<'a> {
    pub(super) fn error(&self, problem: impl Into<String>) -> ManifestError {
        ManifestError::new(self.file.path, Some(self.line), &self.key, problem)
    }

    fn wrong_kind(&self, wanted: &str) -> ManifestError {
        self.error(format!("must be {wanted}, and is a {}", self.content.type_str()))
    }

    pub(super) fn is_string(&self) -> bool {
        self.content.is_str()
    }

    pub(super) fn string(&self) -> Result<&'a str, ManifestError> {
        self.content.as_str().ok_or_else(|| self.wrong_kind("a string"))
    }

    pub(super) fn boolean(&self) -> Result<bool, ManifestError> {
        self.content.as_bool().ok_or_else(|| self.wrong_kind("true or false"))
    }

    pub(super) fn integer(&self) -> Result<i64, ManifestError> {
        self.content
            .as_integer()
            .and_then(|integer| i64::from_str_radix(integer.as_str(), integer.radix()).ok())
            .ok_or_else(|| self.wrong_kind("an integer"))
    }

    /// A whole number in `range`.
    pub(super) fn number<T: TryFrom<i64>>(&self, range: Range<i64>) -> Result<T, ManifestError> {
        let number = self.integer()?;
        let within = range.contains(&number).then_some(number);
        within.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            self.error(format!("must be from {} to {}, and is {number}", range.start, range.end - 1))
        })
    }

    pub(super) fn template(&self) -> Result<Template, ManifestError> {
        Template::parse(self.string()?).map_err(|error| self.error(format!("is no template: {error}")))
    }

    pub(super) fn table(&self) -> Result<Table<'a>, ManifestError> {
        match self.content {
            DeValue::Table(entries) => Ok(Table {
                file: self.file,
                key: self.key.clone(),
                line: self.line,
                entries,
                taken: BTreeSet::new(),
            }),
            _ => Err(self.wrong_kind("a table")),
        }
    }

    pub(super) fn array(&self) -> Result<Vec<Self>, ManifestError> {
        let items = self.content.as_array().ok_or_else(|| self.wrong_kind("an array"))?;
        Ok(items
            .iter()
            .enumerate()
            .map(|(index, item)| Value {
                file: self.file,
                key: format!("{}[{index}]", self.key),
                line: self.file.line(&item.span()),
                content: item.get_ref(),
            })
            .collect())
    }

    pub(super) fn strings(&self) -> Result<Vec<String>, ManifestError> {
        self.array()?.iter().map(|item| item.string().map(str::to_owned)).collect()
    }
}
