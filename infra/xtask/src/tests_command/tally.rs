//! Reads the output of the test programs, and sums it up.

use std::{collections::BTreeSet, fmt, fs, path::Path};

/// Totals over all test programs of a run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    passed: usize,
    failed: usize,
    ignored: usize,
    /// The names of tests that failed.
    pub failures: Vec<String>,
    /// The names of tests that did not run, with the reason where known.
    pub skipped: Vec<String>,
    /// Number of those that only passed nominally.
    gave_up: usize,
}

impl Tally {
    /// Processes a line of a test program's output.
    pub(super) fn read(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.passed += count(counts, " passed");
            self.failed += count(counts, " failed");
            self.ignored += count(counts, " ignored");
        } else if let Some((name, outcome)) =
            line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... "))
        {
            if outcome.starts_with("FAILED") {
                self.failures.push(name.to_owned());
            } else if let Some(reason) = outcome.strip_prefix("ignored") {
                self.skipped.push(format!("{name}{}", reason.replacen(", ", ": ", 1)));
            }
        }
    }

    /// Processes the file in which tests that could not do their work say so, one per line: `name: reason`. They count as passed
    /// for the test program, but not here.
    pub(super) fn read_skips(&mut self, file: &Path) {
        let text = fs::read_to_string(file).unwrap_or_default();
        let lines: BTreeSet<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        self.gave_up = lines.len().min(self.passed);
        self.skipped.extend(lines.into_iter().map(str::to_owned));
    }

    /// Number of tests that ran.
    pub(super) fn executed(&self) -> usize {
        self.passed + self.failed
    }

    /// Number of failures.
    pub(super) fn failed(&self) -> usize {
        self.failed
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (passed, skipped) = (self.passed - self.gave_up, self.ignored + self.gave_up);
        write!(formatter, "{passed} passed, {} failed, {skipped} skipped", self.failed)
    }
}

/// The number before `what` in `ok. 3 passed; 0 failed; …`.
fn count(counts: &str, what: &str) -> usize {
    let before = counts.split(what).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn several_programs_are_summed_up_and_names_kept() {
        let mut tally = Tally::default();
        for line in [
            "test a::b ... ok",
            "test c - with should panic ... FAILED",
            "test d ... ignored, needs a chain",
            "test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 1.00s",
        ] {
            tally.read(line);
        }
        assert_eq!(tally.to_string(), "13 passed, 1 failed, 1 skipped");
        assert_eq!(tally.failures, ["c - with should panic"]);
        assert_eq!(tally.skipped, ["d: needs a chain"]);
    }

    #[test]
    fn a_test_that_gave_up_is_skipped_and_not_passed() {
        let file = std::env::temp_dir().join(format!("fundrail-tally-{}", std::process::id()));
        std::fs::write(&file, "e: no schemathesis\ne: no schemathesis\n").unwrap();
        let mut tally = Tally::default();
        tally.read("test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        tally.read_skips(&file);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(tally.to_string(), "1 passed, 0 failed, 1 skipped");
    }
}
