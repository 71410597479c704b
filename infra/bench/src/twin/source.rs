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

/// The statement of `ordered!(…)` that follows `item`, as it is for a list in ascending order.
///
/// # Errors
/// As [`literal_after`].
pub(crate) fn list_after(source: &'static str, item: &str) -> anyhow::Result<&'static str> {
    let parts = || {
        let (_, rest) = source.split_once(item)?.1.split_once("ordered!(")?;
        let (select, rest) = read_literal(rest)?;
        let (column, rest) = read_literal(rest)?;
        let (cursor, rest) = read_literal(rest)?;
        let (end, _) = read_literal(rest)?;
        Some(format!("{select} and ({cursor} is null or {column} > {cursor}) order by {column} {end}"))
    };
    let text = parts().with_context(|| format!("`{item}` has no `ordered!` any more"))?;
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
    fn the_statement_of_a_list_is_put_together_as_the_macro_does_it() {
        const SOURCE: &str = "fn funds() { ordered!(page.order, \"select a from b \\\n  where true\", by \"a\" after \"$1::uuid\", \"limit $2\") }";
        let whole = "select a from b where true and ($1::uuid is null or a > $1::uuid) order by a limit $2";
        assert_eq!(list_after(SOURCE, "fn funds(").unwrap(), whole);
        assert!(list_after(SOURCE, "fn gone(").is_err());
    }
}
