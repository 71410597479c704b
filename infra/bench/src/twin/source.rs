//! The components' own statements and scripts, taken out of their source when the twin is built, so that the two sides
//! cannot drift apart: the same text, or a twin that does not start.

use anyhow::Context as _;

/// The string literal that follows `item` in Rust source, e.g. the statement in `fn quote(`.
///
/// # Errors
/// When the source has no such item, or no string after it.
pub(crate) fn literal_after(source: &'static str, item: &str) -> anyhow::Result<&'static str> {
    let (_, rest) = source.split_once(item).with_context(|| format!("there is no `{item}` any more"))?;
    let (text, _) = read_literal(rest).with_context(|| format!("no string follows `{item}`"))?;
    // A handful of statements, read once: they live as long as the process.
    Ok(text.leak())
}

/// Reads the first plain string literal, and says what follows: no raw ones, and the escapes that statements use.
fn read_literal(source: &str) -> Option<(String, &str)> {
    let (_, rest) = source.split_once('"')?;
    let mut text = String::new();
    let mut characters = rest.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Some((text, characters.as_str())),
            '\\' => match characters.next()? {
                // A line goes on behind the indentation of the next.
                '\n' => characters = characters.as_str().trim_start().chars(),
                'n' => text.push('\n'),
                literal @ ('"' | '\\' | '\'') => text.push(literal),
                _ => return None,
            },
            other => text.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_read_as_the_compiler_reads_it() {
        const SOURCE: &str =
            "fn other() { \"x\" }\nfn quote() {\n const SQL: &str = \"select \\\"a\\\" \\\n   from b\";";
        assert_eq!(literal_after(SOURCE, "fn quote(").unwrap(), "select \"a\" from b");
        assert!(literal_after(SOURCE, "fn gone(").is_err());
        assert!(literal_after("fn quote() \"never ends", "fn quote(").is_err());
    }

    #[test]
    fn a_script_keeps_its_lines() {
        const SOURCE: &str = "static LOOK: Script = Script::new(\n    \"local a = 1\n     return a\",\n);";
        assert_eq!(literal_after(SOURCE, "static LOOK").unwrap(), "local a = 1\n     return a");
    }
}
