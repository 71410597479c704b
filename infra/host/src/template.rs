//! Values in the manifest that refer to application variables: `redis://{{ redis_host }}:6379`.

use std::{collections::BTreeMap, fmt};

/// A text with any number of `{{ name }}` in it, names checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(String),
}

/// Why a text is not a template, or could not be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{{` without its `}}`.
    #[error("`{{{{` without a closing `}}}}`")]
    Unclosed,
    /// What is between the braces is not a variable name.
    #[error("{0}")]
    Name(#[from] NameError),
    /// The variable is not declared, or has no value.
    #[error("variable `{0}` has no value")]
    Undefined(String),
}

/// Why a text is not the name of a variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?}: {reason}")]
pub struct NameError {
    /// The text in question.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Template {
    /// Parses `source`.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, behind) = after.split_once("}}").ok_or(TemplateError::Unclosed)?;
            if !before.is_empty() {
                parts.push(Part::Literal(before.to_owned()));
            }
            let name = name.trim();
            check_name(name)?;
            parts.push(Part::Variable(name.to_owned()));
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self { source: source.to_owned(), parts })
    }

    /// The names of the variables it refers to.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// Whether it refers to no variable.
    pub fn is_literal(&self) -> bool {
        self.variables().next().is_none()
    }

    /// The text with `values` inserted.
    pub fn resolve(&self, values: &BTreeMap<String, String>) -> Result<String, TemplateError> {
        let mut text = String::with_capacity(self.source.len());
        for part in &self.parts {
            text.push_str(match part {
                Part::Literal(literal) => literal,
                Part::Variable(name) => {
                    values.get(name).ok_or_else(|| TemplateError::Undefined(name.clone()))?
                }
            });
        }
        Ok(text)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

/// Whether `name` can name a variable: lower-case letters, digits and single underscores inside, as in Spin.
pub fn check_name(name: &str) -> Result<(), NameError> {
    let reason = if name.is_empty() {
        "must not be empty".to_owned()
    } else if let Some(wrong) =
        name.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_'))
    {
        format!(
            "invalid character {wrong:?}. Variable names may contain only lower-case letters, numbers, and underscores."
        )
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "must start with a lowercase ASCII letter".to_owned()
    } else if name.ends_with('_') {
        "must end with a lowercase ASCII letter or digit".to_owned()
    } else if name.contains("__") {
        "must not contain multiple consecutive underscores".to_owned()
    } else {
        return Ok(());
    };
    Err(NameError { name: name.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> BTreeMap<String, String> {
        BTreeMap::from([("host".to_owned(), "db".to_owned()), ("port".to_owned(), "1".to_owned())])
    }

    #[test]
    fn variables_are_put_in_place() {
        let template = Template::parse("postgres://{{ host }}:{{port}}/x").unwrap();
        assert_eq!(template.resolve(&values()).unwrap(), "postgres://db:1/x");
        assert_eq!(template.variables().collect::<Vec<_>>(), ["host", "port"]);
        assert!(Template::parse("plain").unwrap().is_literal());
    }

    #[test]
    fn what_cannot_be_resolved_is_named() {
        assert_eq!(Template::parse("{{ host").unwrap_err(), TemplateError::Unclosed);
        assert!(matches!(Template::parse("{{ Host }}"), Err(TemplateError::Name(_))));
        let undefined = Template::parse("{{ other }}").unwrap().resolve(&values());
        assert_eq!(undefined.unwrap_err(), TemplateError::Undefined("other".to_owned()));
    }

    #[test]
    fn names_follow_the_rules_of_spin() {
        for good in ["a", "abc", "a1b2", "a_1_b"] {
            check_name(good).unwrap();
        }
        for bad in ["", "A", "1a", "_a", "a_", "a__b", "a-b", "a.b"] {
            check_name(bad).unwrap_err();
        }
    }
}
