//! What a person sees: one line when something begins, a clock while it lasts, and how long it took if that was more than a
//! second.

use std::{
    future::Future,
    io::{IsTerminal as _, Write as _},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::{MissedTickBehavior, interval};

/// How often steps in progress are reported.
const CLOCK: Duration = Duration::from_secs(15);

/// The steps in progress, oldest first.
static GOING_ON: Mutex<Vec<Arc<Step>>> = Mutex::new(Vec::new());

tokio::task_local! {
    /// The step that the running future belongs to.
    static STEP: Arc<Step>;
}

struct Step {
    heading: String,
    /// What it is doing, for the clock.
    note: Mutex<String>,
}

/// Removes its step from those in progress, however it ends.
struct GoingOn(Arc<Step>);

impl GoingOn {
    fn begin(heading: &str) -> Self {
        let step = Arc::new(Step { heading: heading.to_owned(), note: Mutex::default() });
        locked(&GOING_ON).push(Arc::clone(&step));
        Self(step)
    }
}

impl Drop for GoingOn {
    fn drop(&mut self) {
        locked(&GOING_ON).retain(|step| !Arc::ptr_eq(step, &self.0));
    }
}

/// Prints a line. A reader that has gone away (`… | head`) is no reason to stop.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// Prints what went wrong, on standard error.
pub(crate) fn complain(line: &str) {
    let red = if std::io::stderr().is_terminal() { ("\u{1b}[31m", "\u{1b}[0m") } else { ("", "") };
    let _ = writeln!(std::io::stderr().lock(), "{}error{}: {line}", red.0, red.1);
}

/// Runs `work` under a heading, with a clock, and says how long it took if that was more than a second. Several may be in
/// progress at once.
pub(crate) async fn step<T>(
    heading: &str,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    say(&format!("==> {heading}"));
    let start = Instant::now();
    let going_on = GoingOn::begin(heading);
    let mut work = pin!(STEP.scope(Arc::clone(&going_on.0), work));
    let mut clock = interval(CLOCK);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    clock.tick().await;
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            _ = clock.tick() => say_clock(&going_on.0, start.elapsed()),
        }
    };
    let took = start.elapsed();
    if result.is_ok() && took > Duration::from_secs(1) {
        let alone = locked(&GOING_ON).len() == 1;
        let whose = if alone { String::new() } else { format!("{heading}: ") };
        say(&format!("    {whose}done in {}", seconds(took)));
    }
    result
}

/// Records what the running step is doing, for the clock.
pub(crate) fn note(text: String) {
    let _ = STEP.try_with(|step| *locked(&step.note) = text);
}

/// One line for all steps in progress, printed by the oldest of them.
fn say_clock(whose: &Arc<Step>, elapsed: Duration) {
    let going_on = locked(&GOING_ON);
    if !going_on.first().is_some_and(|oldest| Arc::ptr_eq(oldest, whose)) {
        return;
    }
    let steps = going_on.iter().map(|step| {
        let note = locked(&step.note);
        if note.is_empty() { step.heading.clone() } else { format!("{} ({note})", step.heading) }
    });
    let steps = steps.collect::<Vec<_>>().join(" · ");
    say(&format!("    {}:{:02}  {steps}", elapsed.as_secs() / 60, elapsed.as_secs() % 60));
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `12.3 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
