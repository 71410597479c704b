//! Postgres URLs, taken apart and put together as text: parts that we do not understand are kept as they are.

use std::fmt;

use anyhow::{Context as _, bail};

/// `postgres://user:password@host:port/database?parameters`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Checks that there is a scheme, a host and nothing that we cannot transfer to other roles.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let rest = text
            .strip_prefix("postgres://")
            .or_else(|| text.strip_prefix("postgresql://"))
            .context("DATABASE_URL must begin with postgres:// or postgresql://")?;
        let url = Self(format!("postgres://{rest}"));
        let host_port = url.host_port();
        if host_port.is_empty() || host_port.starts_with(':') {
            bail!("DATABASE_URL names no host: components reach Postgres over TCP");
        }
        if host_port.contains(',') || host_port.contains('%') {
            bail!("DATABASE_URL must name one host, and no Unix socket: {host_port}");
        }
        Ok(url)
    }

    /// From its parts; the password needs no escaping.
    pub(crate) fn new(user: &str, password: &str, host_port: &str, database: &str) -> Self {
        Self(format!("postgres://{user}:{password}@{host_port}/{database}"))
    }

    /// The whole URL, with its password.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL without its password, to be shown to people.
    pub(crate) fn redacted(&self) -> String {
        let (credentials, rest) = self.credentials();
        match credentials.map(|text| text.split(':').next().unwrap_or_default()) {
            Some(user) => format!("postgres://{user}@{rest}"),
            None => self.0.clone(),
        }
    }

    /// `postgres://host:port`: the entry for a component's allow-list.
    pub(crate) fn address(&self) -> String {
        let host_port = self.host_port();
        let has_port = host_port.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        if has_port { format!("postgres://{host_port}") } else { format!("postgres://{host_port}:5432") }
    }

    /// The same server and parameters, another database.
    pub(crate) fn with_database(&self, database: &str) -> Self {
        let (credentials, _) = self.credentials();
        let at = credentials.map(|text| format!("{text}@")).unwrap_or_default();
        Self(format!("postgres://{at}{}/{database}{}", self.host_port(), self.query()))
    }

    /// The same server and database, another role.
    pub(crate) fn with_role(&self, user: &str, password: &str) -> Self {
        let (_, rest) = self.credentials();
        Self(format!("postgres://{user}:{password}@{rest}"))
    }

    /// The same with one more parameter, unless it is already there.
    pub(crate) fn with_parameter(&self, name: &str, value: &str) -> Self {
        let query = self.query();
        if query.contains(&format!("{name}=")) {
            return self.clone();
        }
        let separator = if query.is_empty() { '?' } else { '&' };
        Self(format!("{}{separator}{name}={value}", self.0))
    }

    fn body(&self) -> &str {
        self.0.strip_prefix("postgres://").unwrap_or(&self.0)
    }

    /// `user:password`, and what follows the `@`. A password may contain an `@` only before the last one of the authority.
    fn credentials(&self) -> (Option<&str>, &str) {
        let body = self.body();
        let authority = body.split(['/', '?']).next().unwrap_or_default();
        match authority.rfind('@') {
            Some(at) => (body.get(..at), body.get(at + 1..).unwrap_or_default()),
            None => (None, body),
        }
    }

    fn host_port(&self) -> &str {
        let (_, rest) = self.credentials();
        rest.split(['/', '?']).next().unwrap_or_default()
    }

    fn query(&self) -> &str {
        self.0.find('?').and_then(|at| self.0.get(at..)).unwrap_or_default()
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.redacted())
    }
}

#[cfg(test)]
mod tests {
    use super::DatabaseUrl;

    fn url(text: &str) -> DatabaseUrl {
        DatabaseUrl::parse(text).unwrap()
    }

    #[test]
    fn another_role_and_database_keep_the_rest() {
        let admin = url("postgresql://root:a%40b@db.example:6000/postgres?sslmode=disable");
        let app = admin.with_database("fundrail").with_role("fundrail_prices", "x");
        let app = app.with_parameter("application_name", "fundrail");
        let expected =
            "postgres://fundrail_prices:x@db.example:6000/fundrail?sslmode=disable&application_name=fundrail";
        assert_eq!(app.as_str(), expected);
    }

    #[test]
    fn a_url_without_user_database_or_port_will_do() {
        let bare = url("postgres://localhost");
        assert_eq!(bare.address(), "postgres://localhost:5432");
        assert_eq!(bare.with_database("d").as_str(), "postgres://localhost/d");
        assert_eq!(bare.with_role("u", "p").as_str(), "postgres://u:p@localhost");
    }

    #[test]
    fn the_password_is_not_shown() {
        let shown = format!("{:?}", url("postgres://u:secret@[::1]:5432/d"));
        assert_eq!(shown, "postgres://u@[::1]:5432/d");
    }

    #[test]
    fn sockets_several_hosts_and_other_schemes_are_refused() {
        for bad in ["mysql://h/d", "postgres:///d", "postgres://%2Frun/d", "postgres://a,b/d"] {
            assert!(DatabaseUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
