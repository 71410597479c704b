//! Second factors.

use fundrail_domain::ids::UserId;

statements! { "identity";
    /// Whether a user has a second factor.
    one has_mfa(user: UserId) -> bool;
}
