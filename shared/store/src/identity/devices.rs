//! Devices that somebody has signed in on.

use fundrail_domain::ids::UserId;

statements! { "identity";
    /// Remembers a device of the connection's user.
    execute insert_device(user: UserId, token_hash: &str);

    /// Forgets all but the ten most recently seen devices of the connection's user.
    execute forget_old_devices(user: UserId);

    /// Whether a device belongs to the account with an address; records that it was seen.
    one knows_device(email: &str, token_hash: &str) -> bool;

    /// Forgets all devices of the connection's user.
    execute forget_devices(user: UserId);
}
