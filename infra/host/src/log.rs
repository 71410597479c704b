//! One JSON object per line on stdout: the host's own events and the output of components.
//!
//! Lines are passed to a writer thread: a stalled reader must not hold up a core. What cannot be kept is dropped and counted.

use std::{
    io::Write as _,
    sync::{
        Condvar, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    thread,
    time::Duration,
};

use serde::de::IgnoredAny;
use serde_json::Value;

/// Maximum size of the writer's backlog before lines are dropped, in bytes.
const CAPACITY: usize = 64 << 20;

/// How long the writer collects lines before it writes them together.
const GATHER: Duration = Duration::from_millis(2);

/// Severity of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Level {
    /// Useful for investigation.
    Debug,
    /// Normal operation.
    Info,
    /// Worth a look, but nothing has failed for good.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);

struct Sink {
    queue: Mutex<Queue>,
    filled: Condvar,
    drained: Condvar,
}

#[derive(Default)]
struct Queue {
    lines: Vec<u8>,
    dropped: u64,
    writing: bool,
}

/// Sets the minimum level that is written.
pub fn set_level(level: Level) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Whether events of `level` are written.
pub fn enabled(level: Level) -> bool {
    level as u8 >= LEVEL.load(Ordering::Relaxed)
}

/// Writes an event of the host.
pub fn write(level: Level, event: &str, fields: &[(&str, Value)]) {
    if !enabled(level) {
        return;
    }
    let mut line = String::with_capacity(128);
    line.push_str("{\"event\":");
    push_json(&mut line, &event);
    for (name, value) in fields {
        line.push(',');
        push_json(&mut line, name);
        line.push(':');
        push_json(&mut line, value);
    }
    push_tail(&mut line, level.name());
    sink().push(line.as_bytes());
}

/// Writes an event of level info.
pub fn info(event: &str, fields: &[(&str, Value)]) {
    write(Level::Info, event, fields);
}

/// Writes an event of level warn.
pub fn warn(event: &str, fields: &[(&str, Value)]) {
    write(Level::Warn, event, fields);
}

/// Writes an event of level error.
pub fn error(event: &str, fields: &[(&str, Value)]) {
    write(Level::Error, event, fields);
}

/// Passes on one line that `component` printed to `stream`. A JSON object stays one, with the component's id put first unless it
/// contains one itself; any other text becomes the `message` of an object.
pub fn guest_line(component: &str, stream: &'static str, line: &str) {
    let line = line.trim_end_matches('\r');
    let mut out = String::with_capacity(line.len() + component.len() + 96);
    match json_object(line) {
        Some(Tag::Present) => {
            out.push_str(line);
            out.push('\n');
        }
        Some(Tag::Absent { rest }) => {
            out.push_str("{\"component\":");
            push_json(&mut out, &component);
            if !rest.starts_with('}') {
                out.push(',');
            }
            out.push_str(rest);
            out.push('\n');
        }
        None => {
            out.push_str("{\"component\":");
            push_json(&mut out, &component);
            out.push_str(",\"stream\":");
            push_json(&mut out, &stream);
            out.push_str(",\"message\":");
            push_json(&mut out, &line);
            push_tail(&mut out, if stream == "stderr" { "warn" } else { "info" });
        }
    }
    sink().push(out.as_bytes());
}

/// Waits until everything is written.
pub fn flush() {
    let sink = sink();
    let mut queue = sink.queue.lock().unwrap_or_else(PoisonError::into_inner);
    while queue.writing || !queue.lines.is_empty() {
        let waited = sink.drained.wait_timeout(queue, Duration::from_secs(1));
        let (guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        queue = guard;
        if timeout.timed_out() {
            return; // nobody reads: an exit must not wait for it
        }
    }
}

enum Tag<'a> {
    Present,
    /// The object's text after its `{`.
    Absent {
        rest: &'a str,
    },
}

#[derive(serde::Deserialize)]
struct Tagged {
    component: Option<IgnoredAny>,
}

fn json_object(line: &str) -> Option<Tag<'_>> {
    let rest = line.trim().strip_prefix('{')?;
    let parsed: Tagged = serde_json::from_str(line).ok()?;
    Some(if parsed.component.is_some() { Tag::Present } else { Tag::Absent { rest: rest.trim_start() } })
}

fn push_json(out: &mut String, value: &impl serde::Serialize) {
    // Only a map with non-string keys or a failing `Serialize` could fail here: there is neither.
    out.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()));
}

fn push_tail(out: &mut String, level: &str) {
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    out.push_str(",\"level\":\"");
    out.push_str(level);
    out.push_str("\",\"time\":\"");
    out.push_str(&now);
    out.push_str("\"}\n");
}

fn sink() -> &'static Sink {
    static SINK: OnceLock<Sink> = OnceLock::new();
    static STARTED: OnceLock<()> = OnceLock::new();
    let sink = SINK.get_or_init(|| Sink {
        queue: Mutex::default(),
        filled: Condvar::new(),
        drained: Condvar::new(),
    });
    STARTED.get_or_init(|| {
        // Without the thread nothing is written, and nothing more can be done about it.
        drop(thread::Builder::new().name("log".to_owned()).spawn(|| sink.run()));
    });
    sink
}

impl Sink {
    fn push(&self, line: &[u8]) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.lines.len() + line.len() > CAPACITY {
            queue.dropped += 1;
            return;
        }
        let was_empty = queue.lines.is_empty();
        queue.lines.extend_from_slice(line);
        drop(queue);
        if was_empty {
            self.filled.notify_one();
        }
    }

    fn run(&self) {
        let mut spare = Vec::new();
        loop {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            while queue.lines.is_empty() {
                self.drained.notify_all();
                queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            drop(queue);
            thread::sleep(GATHER);

            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::swap(&mut queue.lines, &mut spare);
            let dropped = std::mem::take(&mut queue.dropped);
            queue.writing = true;
            drop(queue);

            let mut stdout = std::io::stdout().lock();
            // A closed stdout leaves nobody to tell.
            let _ = stdout.write_all(&spare);
            if dropped > 0 {
                let _ = writeln!(
                    stdout,
                    "{{\"event\":\"log_lines_dropped\",\"count\":{dropped},\"level\":\"warn\"}}"
                );
            }
            let _ = stdout.flush();
            drop(stdout);
            spare.clear();
            spare.shrink_to(1 << 20);
            self.queue.lock().unwrap_or_else(PoisonError::into_inner).writing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_without_a_component_are_tagged() {
        assert!(matches!(json_object(r#"{"a":1}"#), Some(Tag::Absent { rest: r#""a":1}"# })));
        assert!(matches!(json_object("{ }"), Some(Tag::Absent { rest: "}" })));
        assert!(matches!(json_object(r#"{"component":"x"}"#), Some(Tag::Present)));
        for text in ["", "plain", "{", "[1]", "{\"a\":}", "1"] {
            assert!(json_object(text).is_none(), "{text}");
        }
    }
}
