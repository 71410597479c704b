//! Sessions: who is signed in.

use fundrail_domain::ids::SessionId;

statements! { "identity";
    /// Has a session rest on another password than it began with.
    execute rest_session_on(session: SessionId, password_version: i64);

    /// Ends the sessions of the user of this connection, in every tenant, but for one that is kept.
    all revoke_own_sessions(kept: Option<SessionId>, reason: &str) -> SessionId;
}
