//! A process that can be distinguished from a later one with the same number.

use std::{
    fs,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

/// A process id together with the time at which the process started: ids are reused, the pair is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// The process id.
    pub pid: u32,
    /// Its start, in clock ticks since the machine booted (field 22 of `/proc/PID/stat`).
    pub started: u64,
}

impl Identity {
    /// The process that has this id now; `None` if there is none, or if it has ended and only waits to be reaped.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let started = start_time(&stat)?;
        Some(Self { pid, started })
    }

    /// This process.
    pub(crate) fn own() -> Option<Self> {
        Self::of(std::process::id())
    }

    /// Whether it is still running.
    pub(crate) fn is_alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Sends a signal, unless it has ended.
    pub(crate) fn signal(self, signal: Signal) {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else { return };
        if self.is_alive() {
            let _ = kill_process(pid, signal);
        }
    }

    /// Asks it to end with `signal`, and kills it if it has not ended within `grace`. Returns whether it was alive.
    pub(crate) async fn end(self, signal: Signal, grace: Duration) -> bool {
        if !self.is_alive() {
            return false;
        }
        self.signal(signal);
        let deadline = Instant::now() + grace;
        while self.is_alive() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.signal(Signal::KILL);
        true
    }
}

/// The start time in a line of `/proc/PID/stat`, `None` for a zombie. The program's name, in parentheses, may contain anything.
fn start_time(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    // `state` is field 3 of the line; the start is field 22.
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_is_read_past_an_odd_program_name() {
        let stat = "77 (a ) b) S 1 77 77 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 1 0 4242 100 200";
        assert_eq!(start_time(stat), Some(4242));
    }

    #[test]
    fn a_zombie_counts_as_ended() {
        let stat = "77 (sh) Z 1 77 77 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 1 0 4242 100 200";
        assert_eq!(start_time(stat), None);
    }

    #[test]
    fn this_process_is_alive_and_an_earlier_one_of_its_id_is_not() {
        let own = Identity::own().unwrap();
        assert!(own.is_alive());
        assert!(!Identity { started: own.started + 1, ..own }.is_alive());
    }
}
