//! The history of net asset values: as a series for charts, and imported from a file of one line per day.

use std::collections::{BTreeMap, btree_map::Entry};
use std::ops::Bound::{Excluded, Unbounded};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Move, Near};
use crate::{
    Error, FieldError, Result,
    input::{FromText, MOST_ERRORS},
    words::words,
};

words! {
    /// Interval of a series.
    SeriesInterval {
        /// Every value.
        Day = "1d",
        /// The last value of each calendar week, which begins on Monday (ISO 8601).
        Week = "1w",
        /// The last value of each calendar month.
        Month = "1m",
    }
}

impl SeriesInterval {
    /// As Postgres' `date_trunc` calls it.
    pub fn field(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

/// Most lines of an import: forty years of working days.
const MOST_LINES: usize = 10_000;
/// The columns of an import.
const COLUMNS: [&str; 2] = ["nav_date", "nav_per_share"];

/// A line of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportLine {
    /// Its number in the file, from 1. The header is a line too.
    pub line: u64,
    /// Valuation day.
    pub nav_date: NaiveDate,
    /// Net asset value per share; greater than zero.
    pub per_share: Decimal,
}

/// Reads a CSV file (RFC 4180) with the columns `nav_date` and `nav_per_share`, in either order, and one line per day, in any order.
/// Complaints name lines by their numbers: `/lines/3/nav_date`.
///
/// # Errors
/// [`Error::Invalid`] naming every wrong line, up to [`MOST_ERRORS`].
pub fn read_import(file: &[u8], launched_on: NaiveDate, now: DateTime<Utc>) -> Result<Vec<ImportLine>> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file);
    let columns = columns(reader.byte_headers().ok())?;
    let mut complaints = Complaints::default();
    let (mut lines, mut lines_of_days) = (Vec::new(), BTreeMap::new());
    let mut numbers = LineNumbers { file, at: 0, line: 1 };
    for record in reader.byte_records() {
        let record =
            record.map_err(|error| Error::field("/lines", format!("must be a CSV file: {error}")))?;
        let line = numbers.at(record.position().map_or(0, csv::Position::byte));
        if lines.len() == MOST_LINES {
            complaints.add(line, "", format!("is beyond the {MOST_LINES} values that are read at once"));
            break;
        }
        if record.len() != COLUMNS.len() {
            complaints.add(line, "", "must have two fields: a date and a value");
            continue;
        }
        let field = |index: usize| record.get(index).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let date = day(field(columns[0]), launched_on, now);
        let date = date.map_err(|wrong| complaints.add(line, "/nav_date", wrong)).ok();
        let value = value(field(columns[1]));
        let value = value.map_err(|wrong| complaints.add(line, "/nav_per_share", wrong)).ok();
        if let Some(date) = date {
            match lines_of_days.entry(date) {
                Entry::Occupied(first) => {
                    complaints.add(line, "/nav_date", format!("is also the date of line {}", first.get()));
                }
                Entry::Vacant(day) => drop(day.insert(line)),
            }
        }
        lines.extend(date.zip(value).map(|(nav_date, per_share)| ImportLine { line, nav_date, per_share }));
    }
    if complaints.0.is_empty() && lines.is_empty() {
        complaints.add(2, "", "is missing: there must be at least one value");
    }
    complaints.or(lines)
}

/// Numbers of lines, by where records begin. The reader's own are one too low after `\r\n`: it ends a record at the `\r`.
struct LineNumbers<'a> {
    file: &'a [u8],
    at: usize,
    line: u64,
}

impl LineNumbers<'_> {
    /// The line of the record at this byte, which is not before the one asked for last.
    fn at(&mut self, byte: u64) -> u64 {
        let rest = self.file.get(self.at..).unwrap_or_default();
        let skipped = usize::try_from(byte).unwrap_or(usize::MAX).saturating_sub(self.at);
        let ends = rest.iter().skip(skipped).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = rest.get(..skipped.saturating_add(ends)).unwrap_or(rest);
        self.at += passed.len();
        self.line += passed.iter().fold(0, |lines, byte| lines + u64::from(*byte == b'\n'));
        self.line
    }
}

/// Where the two columns are, by the header.
fn columns(header: Option<&csv::ByteRecord>) -> Result<[usize; 2]> {
    let place = |name: &str| header?.iter().position(|column| column.eq_ignore_ascii_case(name.as_bytes()));
    match (COLUMNS.map(place), header.map(csv::ByteRecord::len)) {
        ([Some(date), Some(value)], Some(2)) => Ok([date, value]),
        _ => Err(Error::field("/lines/1", "must be the header: nav_date,nav_per_share")),
    }
}

fn day(text: Option<&str>, launched_on: NaiveDate, now: DateTime<Utc>) -> Result<NaiveDate, String> {
    let date = NaiveDate::from_text(text.unwrap_or_default())?;
    if date > now.date_naive() {
        return Err("must not be in the future".to_owned());
    }
    if date < launched_on {
        return Err(format!("must not be before the launch of the share class on {launched_on}"));
    }
    Ok(date)
}

fn value(text: Option<&str>) -> Result<Decimal, String> {
    let value = Decimal::from_text(text.unwrap_or_default())
        .map_err(|wrong| wrong.replace(" in a string, such as \"100.50\"", ", such as 100.50"))?;
    if value <= Decimal::ZERO { Err("must be greater than zero".to_owned()) } else { Ok(value) }
}

/// What an import does, compared with what is published.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportPlan {
    /// Lines that are to be published, by day.
    pub publish: Vec<ImportLine>,
    /// Lines whose value is published already, by day.
    pub unchanged: Vec<ImportLine>,
}

/// Compares lines with the values that are published, by day. A line never corrects a value, and never moves so far that a second
/// person would have to approve it: both are said of the line, and are to be published singly.
///
/// # Errors
/// [`Error::Invalid`] naming every such line.
pub fn plan_import(
    lines: &[ImportLine],
    published: &BTreeMap<NaiveDate, Decimal>,
    limit_bps: i32,
) -> Result<ImportPlan> {
    let mut all = published.clone();
    all.extend(lines.iter().map(|line| (line.nav_date, line.per_share)));
    let mut ordered = lines.to_vec();
    ordered.sort_by_key(|line| line.nav_date);
    let (mut plan, mut complaints) = (ImportPlan::default(), Complaints::default());
    for line in ordered {
        match published.get(&line.nav_date) {
            Some(value) if *value == line.per_share => plan.unchanged.push(line),
            Some(value) => {
                let wrong = format!("differs from {value}, which is published; correct that with a reason");
                complaints.add(line.line, "/nav_per_share", wrong);
            }
            None => match Move::beyond(limit_bps, line.per_share, &near(line.nav_date, &all, published)) {
                None => plan.publish.push(line),
                Some(moved) => {
                    let by = moved.bps().map_or_else(String::new, |bps| format!(" by {bps} basis points"));
                    let wrong = format!(
                        "moves{by}, further than {limit_bps}; publish it singly, so that a second person approves it"
                    );
                    complaints.add(line.line, "/nav_per_share", wrong);
                }
            },
        }
    }
    complaints.or(plan)
}

/// What a value has to be near to once everything is imported. The step to a following day counts if that day has been published:
/// that of the next line is measured there.
fn near(
    day: NaiveDate,
    all: &BTreeMap<NaiveDate, Decimal>,
    published: &BTreeMap<NaiveDate, Decimal>,
) -> Near {
    let before = all.range(..day).next_back().map(|(_, value)| *value);
    let after = all.range((Excluded(day), Unbounded)).next();
    let onward = after.filter(|(next, _)| published.contains_key(next)).and_then(|(next, value)| {
        let standing = published.range(..*next).next_back().map(|(_, value)| *value);
        standing.zip(Some(*value))
    });
    Near { values: before.or(after.map(|(_, value)| *value)).into_iter().collect(), onward }
}

/// What is wrong with lines.
#[derive(Default)]
struct Complaints(Vec<FieldError>);

impl Complaints {
    fn add(&mut self, line: u64, column: &str, message: impl Into<String>) {
        if self.0.len() < MOST_ERRORS {
            self.0.push(FieldError { pointer: format!("/lines/{line}{column}"), message: message.into() });
        }
    }

    fn or<T>(mut self, right: T) -> Result<T> {
        self.0.sort_by_key(|error| {
            error.pointer.split('/').nth(2).and_then(|line| line.parse::<u64>().ok()).unwrap_or_default()
        });
        if self.0.is_empty() { Ok(right) } else { Err(Error::Invalid(self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        NaiveDate::from_text(text).unwrap()
    }

    fn read(file: &str) -> Result<Vec<ImportLine>> {
        let now = DateTime::<Utc>::from_text("2026-06-01T12:00:00Z").unwrap();
        read_import(file.as_bytes(), date("2026-01-01"), now)
    }

    fn pointers<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
        match result {
            Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_is_read_however_a_spreadsheet_writes_it() {
        for file in [
            "nav_date,nav_per_share\n2026-01-05,100.5\n2026-01-06,101\n",
            "\u{feff}nav_date,nav_per_share\r\n2026-01-05,100.5\r\n2026-01-06,101\r\n",
            "nav_date,nav_per_share\r\n2026-01-05,100.5\r\n2026-01-06,101",
            "NAV_PER_SHARE,NAV_DATE\n\"100.5\",\"2026-01-05\"\n 101 , 2026-01-06 ",
        ] {
            let lines = read(file).unwrap();
            let read: Vec<_> =
                lines.iter().map(|line| (line.line, line.nav_date, line.per_share.to_string())).collect();
            let expected =
                [(2, date("2026-01-05"), "100.5".to_owned()), (3, date("2026-01-06"), "101".to_owned())];
            assert_eq!(read, expected, "{file:?}");
        }
    }

    #[test]
    fn an_empty_line_counts_though_nothing_is_read_from_it() {
        for end in ["\n", "\r\n"] {
            let file =
                ["nav_date,nav_per_share", "", "2026-01-05,100", "", "", "\"2026-01-06\",101"].join(end);
            let lines: Vec<u64> = read(&file).unwrap().iter().map(|line| line.line).collect();
            assert_eq!(lines, [3, 6], "{end:?}");
        }
    }

    #[test]
    fn every_wrong_line_is_named_by_its_number() {
        let file = "nav_date,nav_per_share\n2026-01-05,NaN\n2026-01-06,0\n2026-01-07,-1\nbroken\n2026-01-06,100\n2026-13-01,x\n\
            2025-12-31,1\n2026-06-02,1\n2026-01-08,1e3\n";
        let expected = [
            "/lines/2/nav_per_share",
            "/lines/3/nav_per_share",
            "/lines/4/nav_per_share",
            "/lines/5",
            "/lines/6/nav_date",
            "/lines/7/nav_date",
            "/lines/7/nav_per_share",
            "/lines/8/nav_date",
            "/lines/9/nav_date",
            "/lines/10/nav_per_share",
        ];
        assert_eq!(pointers(read(file)), expected);
        for headless in [
            "",
            "2026-01-05,100\n",
            "nav_date;nav_per_share\n",
            "nav_date,nav_per_share,note\n",
            "{\"a\": 1}",
        ] {
            assert_eq!(pointers(read(headless)), ["/lines/1"], "{headless:?}");
        }
        assert_eq!(pointers(read("nav_date,nav_per_share\n")), ["/lines/2"]);
        let long =
            (0..MOST_LINES + 5).fold(String::new(), |file, n| file + &format!("2026-01-05,{}\n", n + 1));
        assert_eq!(pointers(read(&format!("nav_date,nav_per_share\n{long}"))).len(), MOST_ERRORS);
    }

    #[test]
    fn a_line_neither_corrects_nor_jumps() {
        let value = |text: &str| Decimal::from_text(text).unwrap();
        let published =
            BTreeMap::from([(date("2026-01-07"), value("100")), (date("2026-01-09"), value("104"))]);
        let plan = |file: &str, limit| {
            plan_import(&read(&format!("nav_date,nav_per_share\n{file}")).unwrap(), &published, limit)
        };
        // In steps of 5 %, as far as one likes.
        let done = plan(
            "2026-01-06,95.5\n2026-01-05,91\n2026-01-07,100.0\n2026-01-08,102\n2026-01-12,109\n2026-01-13,114\n",
            500,
        );
        let done = done.unwrap();
        let days: Vec<String> = done.publish.iter().map(|line| line.nav_date.to_string()).collect();
        assert_eq!(days, ["2026-01-05", "2026-01-06", "2026-01-08", "2026-01-12", "2026-01-13"]);
        assert_eq!(done.unchanged.len(), 1);
        assert_eq!(pointers(plan("2026-01-07,101\n", 500)), ["/lines/2/nav_per_share"]);
        assert_eq!(pointers(plan("2026-01-12,109\n2026-01-13,120\n", 500)), ["/lines/3/nav_per_share"]);
        // From the day before, and to the following one, which is published.
        assert_eq!(pointers(plan("2026-01-08,94\n", 500)), ["/lines/2/nav_per_share"]);
        assert_eq!(pointers(plan("2026-01-08,97\n", 500)), ["/lines/2/nav_per_share"], "7.2 % to 104");
        assert_eq!(pointers(plan("2026-01-05,94\n", 500)), ["/lines/2/nav_per_share"], "before the first");
    }

    #[test]
    fn a_class_without_values_takes_its_whole_history() {
        let file = "nav_date,nav_per_share\n2026-01-05,100\n2026-01-06,100\n2026-01-07,250\n";
        let lines = read(file).unwrap();
        assert_eq!(pointers(plan_import(&lines, &BTreeMap::new(), 1000)), ["/lines/4/nav_per_share"]);
        assert_eq!(
            plan_import(&lines, &BTreeMap::new(), 10_000).unwrap_err().code(),
            "invalid_fields",
            "150 %"
        );
        let lines = read("nav_date,nav_per_share\n2026-01-05,100\n2026-01-06,101\n").unwrap();
        assert_eq!(plan_import(&lines, &BTreeMap::new(), 1000).unwrap().publish.len(), 2);
    }
}
