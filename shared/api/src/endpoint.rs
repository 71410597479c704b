//! Endpoints: everything there is to say about an operation, in one place.
//!
//! [`endpoints!`] declares the operations of a module. Three things follow from it: the route tables of the functions, which take
//! the [`Operation`] as a type, so that a handler receives exactly what the operation accepts and can return nothing else; the
//! OpenAPI document; and what tests and clients call.

use fundrail_domain::{Result, input::Object};

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone: sign-in, webhooks (which verify a signature), documentation.
    Public,
    /// Anyone who is signed in.
    SignedIn,
    /// Anyone who is signed in and has the permission, e.g. `funds:write`.
    Permission(&'static str),
}

/// Which proof of identity must be fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// None.
    None,
    /// The second factor, for users who have one.
    Factor,
    /// The second factor, or the password for users who have none.
    FactorOrPassword,
}

/// What a user must have done once before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Verified their address.
    pub verified: bool,
    /// Shown a second factor, if the tenant requires it.
    pub factor: bool,
}

/// What the transactions of an endpoint are about to change, so that they take the necessary locks at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    /// Neither of the two.
    Neither,
    /// Members, roles, invitations: one change at a time in a tenant.
    People,
    /// The caller's own sessions, password or second factor.
    SignIn,
    /// Both for the caller, in all tenants that they belong to.
    Account,
}

/// One method and path, and what applies to every request to it.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// The `operationId` of the OpenAPI document.
    pub id: &'static str,
    /// The method, in upper case.
    pub method: &'static str,
    /// The path, with its parameters in braces: `/v1/funds/{id}`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Maximum size of the body in bytes.
    pub body_limit: usize,
    /// The rate limit class that requests count against.
    pub rate_class: &'static str,
    /// The body field whose value is also counted by itself.
    pub rate_subject: Option<&'static str>,
    /// Whether it honours `Idempotency-Key`.
    pub idempotent: bool,
    /// Which proof of identity must be fresh.
    pub proof: Proof,
    /// What callers must have done before.
    pub standing: Standing,
    /// Whether a body must be declared as JSON.
    pub json_body: bool,
    /// What it changes, for its locks.
    pub changes: Changes,
}

impl Endpoint {
    const fn new(method: &'static str, id: &'static str, path: &'static str) -> Self {
        Self {
            id,
            method,
            path,
            access: Access::SignedIn,
            body_limit: 1024 * 1024,
            rate_class: "default",
            rate_subject: None,
            idempotent: false,
            proof: Proof::None,
            standing: Standing { verified: false, factor: true },
            json_body: true,
            changes: Changes::Neither,
        }
    }

    /// A read.
    pub const fn get(id: &'static str, path: &'static str) -> Self {
        Self::new("GET", id, path)
    }

    /// A creation or an action.
    pub const fn post(id: &'static str, path: &'static str) -> Self {
        Self::new("POST", id, path)
    }

    /// A replacement.
    pub const fn put(id: &'static str, path: &'static str) -> Self {
        Self::new("PUT", id, path)
    }

    /// A change of some fields.
    pub const fn patch(id: &'static str, path: &'static str) -> Self {
        Self::new("PATCH", id, path)
    }

    /// A removal.
    pub const fn delete(id: &'static str, path: &'static str) -> Self {
        Self::new("DELETE", id, path)
    }

    /// Anybody may call it.
    #[must_use]
    pub const fn public(mut self) -> Self {
        self.access = Access::Public;
        self
    }

    /// Requires a permission. Without this and [`Self::public`], being signed in is enough.
    #[must_use]
    pub const fn permission(mut self, permission: &'static str) -> Self {
        self.access = Access::Permission(permission);
        self
    }

    /// Counts against the limit of this class instead of `default`.
    #[must_use]
    pub const fn rate_class(mut self, class: &'static str) -> Self {
        self.rate_class = class;
        self
    }

    /// Also counts what this field of the body names, an account or a token, and allows an address to send more: an office has
    /// one address, and many people who sign in.
    #[must_use]
    pub const fn rate_subject(mut self, field: &'static str) -> Self {
        self.rate_subject = Some(field);
        self
    }

    /// Accepts bodies of up to this many bytes instead of 1 MiB.
    #[must_use]
    pub const fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Honours `Idempotency-Key`: every creating POST does.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Requires step-up within the last minutes, for users who have a second factor.
    #[must_use]
    pub const fn step_up(mut self) -> Self {
        self.proof = Proof::Factor;
        self
    }

    /// Requires step-up within the last minutes or, for users without a second factor, a sign-in with a password within the last
    /// minutes: a found token is not enough.
    #[must_use]
    pub const fn fresh(mut self) -> Self {
        self.proof = Proof::FactorOrPassword;
        self
    }

    /// Requires a verified address.
    #[must_use]
    pub const fn verified(mut self) -> Self {
        self.standing.verified = true;
        self
    }

    /// Admits users who have no second factor, or have not shown it, even if the tenant requires one of every member.
    #[must_use]
    pub const fn without_factor(mut self) -> Self {
        self.standing.factor = false;
        self
    }

    /// Changes the members of the tenant, or what they may do: one such change at a time.
    #[must_use]
    pub const fn changes_people(mut self) -> Self {
        self.changes = Changes::People;
        self
    }

    /// Changes the caller's own sessions, password or second factor: one such change at a time.
    #[must_use]
    pub const fn changes_sign_in(mut self) -> Self {
        self.changes = Changes::SignIn;
        self
    }

    /// Changes the caller's memberships, by joining a tenant or leaving all of them, and their credentials.
    #[must_use]
    pub const fn changes_account(mut self) -> Self {
        self.changes = Changes::Account;
        self
    }

    /// Reads its body as it is, whatever its content type.
    #[must_use]
    pub const fn raw_body(mut self) -> Self {
        self.json_body = false;
        self
    }
}

/// An endpoint as a type: what it accepts and what it returns.
pub trait Operation {
    /// What applies to every request to it.
    const ENDPOINT: Endpoint;
    /// The documented type of its body; `()` if it has none.
    type Body: Body;
    /// The type of the response to a successful request; `()` if it has no body.
    type Answer;
}

/// The documented body of a request, and how to read it so that every invalid field is named at once.
pub trait Body {
    /// What reading it gives: domain types, which cannot hold invalid values.
    type Read;
    /// What it cannot be read without, such as the permissions of the caller; mostly `()`.
    type With<'a>;

    /// Reads it.
    ///
    /// # Errors
    /// [`fundrail_domain::Error::Invalid`] naming every wrong, missing and unknown field by its JSON pointer.
    fn read(object: Object<'_>, with: Self::With<'_>) -> Result<Self::Read>;
}

/// No body.
impl Body for () {
    type Read = ();
    type With<'a> = ();

    fn read(_: Object<'_>, (): ()) -> Result<()> {
        Ok(())
    }
}

/// Declares the operations of a module.
///
/// ```text
/// endpoints! {
///     "compliance", "May this investor buy this share class for this amount?";
///     schemas(Side, Outcome);
///
///     /// Decides on an order.
///     ///
///     /// More of it.
///     post "/v1/compliance/checks" create_check CreateCheck(NewCheck) -> Check,
///     [permission("compliance:check"), idempotent()],
///     responses((status = 201, description = "The decision.", body = Check));
/// }
/// ```
///
/// In this order: the method and the path; the `operationId`; the type; the body, if there is one; the response; what applies to
/// every request ([`Endpoint`]); and the rest of the documentation, as for `utoipa::path`. Whatever follows from these, such as
/// the `Idempotency-Key` header, the bearer token or the type of problems, is added to the document automatically.
macro_rules! endpoints {
    (
        $tag:tt, $about:tt;
        schemas($($schema:ident),* $(,)?);
        $(
            $(#[$doc:meta])*
            $method:ident $path:tt $id:ident $operation:ident $(($body:ident))? -> $answer:ty,
            [$($quality:ident($($value:expr)?)),* $(,)?]
            $(, $key:ident($($documented:tt)*))* $(,)?;
        )*
    ) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $operation;

            impl $crate::endpoint::Operation for $operation {
                const ENDPOINT: $crate::endpoint::Endpoint =
                    $crate::endpoint::Endpoint::$method(stringify!($id), $path)$(.$quality($($value)?))*;
                type Body = endpoints!(@body $($body)?);
                type Answer = $answer;
            }
        )*

        /// The operations of this module.
        pub static ENDPOINTS: &[$crate::endpoint::Endpoint] =
            &[$(<$operation as $crate::endpoint::Operation>::ENDPOINT),*];

        /// Their documentation.
        #[cfg(feature = "openapi")]
        pub fn openapi() -> ::utoipa::openapi::OpenApi {
            <documentation::Routes as ::utoipa::OpenApi>::openapi()
        }

        #[cfg(feature = "openapi")]
        mod documentation {
            #![allow(dead_code, reason = "utoipa reads these functions; nobody calls them")]
            #[allow(unused_imports, reason = "not every module names them all")]
            use super::*;

            #[derive(::utoipa::OpenApi)]
            #[openapi(paths($($id),*), components(schemas($($schema),*)), tags((name = $tag, description = $about)))]
            pub(super) struct Routes;

            $(
                endpoints!(@documented [$(#[$doc])*] $method $path $tag $id [$($body)?] [$($key($($documented)*)),*]);
            )*
        }
    };
    (@body) => { () };
    (@body $body:ident) => { $body };
    (@documented [$($doc:tt)*] $method:ident $path:tt $tag:tt $id:ident [] [$($rest:tt)*]) => {
        $($doc)*
        #[::utoipa::path($method, path = $path, tag = $tag, $($rest)*)]
        const fn $id() {}
    };
    // With a body that is documented by an example.
    (@documented [$($doc:tt)*] $method:ident $path:tt $tag:tt $id:ident [$body:ident] [example($example:expr) $(, $($rest:tt)*)?]) => {
        $($doc)*
        #[::utoipa::path($method, path = $path, tag = $tag, request_body(content = $body, example = $example), $($($rest)*)?)]
        const fn $id() {}
    };
    // With a body that is documented in its own way.
    (@documented [$($doc:tt)*] $method:ident $path:tt $tag:tt $id:ident [$body:ident] [request_body($($own:tt)*) $(, $($rest:tt)*)?]) => {
        $($doc)*
        #[::utoipa::path($method, path = $path, tag = $tag, request_body($($own)*), $($($rest)*)?)]
        const fn $id() {}
    };
    (@documented [$($doc:tt)*] $method:ident $path:tt $tag:tt $id:ident [$body:ident] [$($rest:tt)*]) => {
        $($doc)*
        #[::utoipa::path($method, path = $path, tag = $tag, request_body = $body, $($rest)*)]
        const fn $id() {}
    };
}

pub(crate) use endpoints;
