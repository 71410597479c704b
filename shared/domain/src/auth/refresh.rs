//! Refresh tokens: each is used once and exchanged for a successor. Reuse reveals a thief (or the owner, after the thief: nobody
//! can tell), so the whole family ends.
//!
//! But a lost response looks the same, and so does a page that refreshes in two tabs. So within a short time the *same* parent
//! gets the *same* successor: nothing new is given away, since whoever has the parent could have had it anyway.

/// How long a parent still gets its successor, in milliseconds.
pub const GRACE_MS: i64 = 10_000;

/// What is known of a presented token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Whether its session has ended or expired, or its user is no longer a member.
    pub session_over: bool,
    /// Whether it has expired.
    pub expired: bool,
    /// Milliseconds since it was first used, if it was.
    pub used_ms_ago: Option<i64>,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Record its use and store its successor.
    Rotate,
    /// Respond with the successor already stored.
    Repeat,
    /// End the session: the token has been stolen, or its successor has.
    RevokeFamily,
    /// Respond as to an unknown token.
    Refuse,
}

/// Decides. A session that has ended stays ended, whatever is presented.
pub fn decide(state: State) -> Action {
    match state {
        State { session_over: true, .. } => Action::Refuse,
        State { used_ms_ago: Some(ago), .. } if ago > GRACE_MS => Action::RevokeFamily,
        State { expired: true, .. } => Action::Refuse,
        State { used_ms_ago: Some(_), .. } => Action::Repeat,
        State { used_ms_ago: None, .. } => Action::Rotate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_action() {
        let live = State { session_over: false, expired: false, used_ms_ago: None };
        let used = |ago| State { used_ms_ago: Some(ago), ..live };
        let cases = [
            (live, Action::Rotate),
            (used(0), Action::Repeat),
            (used(-5), Action::Repeat),
            (used(GRACE_MS), Action::Repeat),
            (used(GRACE_MS + 1), Action::RevokeFamily),
            (State { expired: true, ..live }, Action::Refuse),
            (State { expired: true, ..used(1) }, Action::Refuse),
            (State { expired: true, ..used(GRACE_MS + 1) }, Action::RevokeFamily),
            (State { session_over: true, ..live }, Action::Refuse),
            (State { session_over: true, ..used(1) }, Action::Refuse),
            (State { session_over: true, ..used(GRACE_MS + 1) }, Action::Refuse),
        ];
        for (state, action) in cases {
            assert_eq!(decide(state), action, "{state:?}");
        }
    }
}
