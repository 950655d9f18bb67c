//! TLS: rustls over ring, trusting the roots that are built in and those that the machine trusts.

use std::sync::{Arc, LazyLock};

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

/// Reading the machine's roots takes a while, hence once.
static CONFIG: LazyLock<ClientConfig> = LazyLock::new(build);

pub(super) fn config() -> ClientConfig {
    CONFIG.clone()
}

/// The built-in roots make a bare container work, the machine's those who look into TLS and models behind a private authority.
fn build() -> ClientConfig {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let native = rustls_native_certs::load_native_certs();
    let (added, ignored) = roots.add_parsable_certificates(native.certs);
    tracing::debug!(tls.native_roots = added, tls.ignored = ignored, "trusted roots read");
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("invariant: ring's cipher suites serve TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
