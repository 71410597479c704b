//! Devices that somebody has signed in on.

use fundrail_domain::ids::UserId;

statements! { "identity";
    /// Remembers a device of the user of this connection.
    execute insert_device(user: UserId, token_hash: &str);

    /// Forgets all but the ten devices of the user of this connection that were seen last.
    execute forget_old_devices(user: UserId);

    /// Whether a device is one of the account of an address, which is then noted as seen.
    one knows_device(email: &str, token_hash: &str) -> bool;

    /// Forgets all devices of the user of this connection.
    execute forget_devices(user: UserId);
}
