//! Constraint violations that callers can cause.

use fundrail_domain::Error;

/// Gives a violated constraint an error of its own: `.map_err(on_constraint("app_user_email", || Error::conflict(…)))`. Any other
/// remains [`Error::Violated`], a defect of ours.
pub fn on_constraint(name: &'static str, own: impl FnOnce() -> Error) -> impl FnOnce(Error) -> Error {
    move |error| match &error {
        Error::Violated { constraint, .. } if constraint == name => own(),
        _ => error,
    }
}
