//! Values of the application's `[variables]`: from the environment, then a file, then the default.

use std::{collections::BTreeMap, fmt, path::Path};

use crate::manifest::Variable;

/// Prefix of the environment variables that set a variable.
pub const PREFIX: &str = "SPIN_VARIABLE_";

/// Why the variables could not be resolved.
#[derive(Debug, thiserror::Error)]
pub enum VariablesError {
    /// Variables that have no default were not set.
    #[error("{0}")]
    Missing(Missing),
    /// The file cannot be read.
    #[error("{path}: {problem}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// The names of variables without a value.
#[derive(Debug)]
pub struct Missing(Vec<String>);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings: Vec<_> = self.0.iter().map(|name| format!("{PREFIX}{}", name.to_uppercase())).collect();
        write!(f, "required variables have no value; set {}", settings.join(", "))
    }
}

/// Finds the value of every declared variable. `environment` looks up an environment variable.
pub fn resolve(
    declared: &BTreeMap<String, Variable>,
    environment: impl Fn(&str) -> Option<String>,
    file: Option<&Path>,
) -> Result<BTreeMap<String, String>, VariablesError> {
    let from_file = file.map(read_file).transpose()?.unwrap_or_default();
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, variable) in declared {
        let value = environment(&format!("{PREFIX}{}", name.to_uppercase()))
            .or_else(|| from_file.get(name).cloned())
            .or_else(|| variable.default.clone());
        match value {
            Some(value) => {
                values.insert(name.clone(), value);
            }
            None => missing.push(name.clone()),
        }
    }
    if missing.is_empty() { Ok(values) } else { Err(VariablesError::Missing(Missing(missing))) }
}

/// Reads a file of values: TOML (`name = "value"`) if it ends in `.toml`, otherwise lines `SPIN_VARIABLE_NAME=value` or
/// `name=value`, with optional quotes around the value, and `#` before a comment line. Other names are ignored.
fn read_file(path: &Path) -> Result<BTreeMap<String, String>, VariablesError> {
    let problem = |problem: String| VariablesError::File { path: path.display().to_string(), problem };
    let text = std::fs::read_to_string(path).map_err(|error| problem(format!("cannot be read: {error}")))?;
    if path.extension().is_some_and(|extension| extension == "toml") {
        let table: BTreeMap<String, toml::Value> =
            toml::from_str(&text).map_err(|error| problem(error.message().to_owned()))?;
        let text_of = |(name, value)| match value {
            toml::Value::String(text) => Ok((name, text)),
            other => Err(problem(format!("{name} must be a string, and is a {}", other.type_str()))),
        };
        return table.into_iter().map(text_of).collect();
    }
    let mut values = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) =
            line.split_once('=').ok_or_else(|| problem(format!("line {} is not NAME=value", index + 1)))?;
        let name = name.trim();
        let name = name.strip_prefix(PREFIX).map_or_else(|| name.to_owned(), str::to_lowercase);
        values.insert(name, unquoted(value.trim()).to_owned());
    }
    Ok(values)
}

fn unquoted(value: &str) -> &str {
    let inside = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> BTreeMap<String, Variable> {
        let variable =
            |default: Option<&str>| Variable { default: default.map(str::to_owned), secret: false };
        BTreeMap::from([
            ("one".to_owned(), variable(Some("default"))),
            ("two_words".to_owned(), variable(None)),
        ])
    }

    #[test]
    fn the_environment_comes_before_the_file_before_the_default() {
        let file = std::env::temp_dir().join(format!("fundrail-host-variables-{}", std::process::id()));
        std::fs::write(&file, "# comment\nSPIN_VARIABLE_TWO_WORDS='from file'\none=file\nDATABASE_URL=x\n")
            .unwrap();
        let environment = |name: &str| (name == "SPIN_VARIABLE_ONE").then(|| "environment".to_owned());
        let values = resolve(&declared(), environment, Some(&file)).unwrap();
        std::fs::remove_file(file).unwrap();
        assert_eq!(values.get("one").unwrap(), "environment");
        assert_eq!(values.get("two_words").unwrap(), "from file");
    }

    #[test]
    fn what_is_missing_is_named_as_it_is_set() {
        let error = resolve(&declared(), |_| None, None).unwrap_err();
        assert!(error.to_string().contains("SPIN_VARIABLE_TWO_WORDS"), "{error}");
    }
}
