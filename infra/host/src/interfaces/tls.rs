//! Outgoing TLS: trusts the system's certificates, or Mozilla's if there are none, and one that the component provides.

use std::sync::{Arc, OnceLock};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A root certificate trusted by a component.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct RootCertificate(Vec<u8>);

impl RootCertificate {
    /// Reads the first certificate of `pem`.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, String> {
        let certificate =
            CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| error.to_string())?;
        let mut store = RootCertStore::empty();
        store.add(certificate.clone()).map_err(|error| error.to_string())?;
        Ok(Self(certificate.to_vec()))
    }
}

/// Chooses the cryptography of all TLS in the process.
pub(crate) fn install_crypto_provider() {
    // It fails if there already is one, which is just as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// TLS settings that trust the system's certificates.
pub(crate) fn system_config() -> Arc<ClientConfig> {
    static SYSTEM: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    SYSTEM.get_or_init(|| Arc::new(client_config(system_roots()))).clone()
}

/// Makes TLS connections to Postgres that also trust `root`.
pub(crate) fn postgres_connector(root: Option<&RootCertificate>) -> Result<MakeRustlsConnect, String> {
    let Some(root) = root else { return Ok(MakeRustlsConnect::new((*system_config()).clone())) };
    let mut roots = system_roots();
    roots.add(CertificateDer::from(root.0.clone())).map_err(|error| error.to_string())?;
    Ok(MakeRustlsConnect::new(client_config(roots)))
}

fn client_config(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}
