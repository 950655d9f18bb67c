//! HTTP to outside systems: one client, every call with a deadline and a bound on the answer's size, endpoints that are given
//! a rest when they fail again and again.

mod breaker;
mod document;
mod endpoint;
mod reply;
mod secret;
mod tls;
mod tries;

use std::time::Duration;

use reqwest::redirect::Policy;

pub use breaker::{Breaker, BreakerSettings, Permit, Resting};
pub use document::Document;
pub use endpoint::Endpoint;
pub use reply::{Reply, SendFault};
pub use secret::Secret;
pub use tries::{Again, Patience, Tries};

use crate::Misconfigured;

/// How the client behaves towards every system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpSettings {
    /// Longest time to make a connection.
    pub connect: Duration,
    /// Largest answer that is read, in bytes.
    pub largest_answer: usize,
    /// Honour the proxy of the environment (`HTTPS_PROXY` and its kin).
    pub proxy: bool,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), largest_answer: 4 * 1024 * 1024, proxy: true }
    }
}

/// The client: a pool of connections. Clones share it.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    largest_answer: usize,
}

impl Http {
    /// A client.
    pub fn new(settings: HttpSettings) -> Result<Self, Misconfigured> {
        let mut builder = client_builder()
            .connect_timeout(settings.connect)
            // Followed, a redirect would carry the key to wherever it points.
            .redirect(Policy::none())
            .user_agent(concat!("FlowPilot/", env!("CARGO_PKG_VERSION")));
        if !settings.proxy {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| Misconfigured::Client(error.to_string()))?;
        Ok(Self { client, largest_answer: settings.largest_answer })
    }
}

/// A builder of clients that know how to do TLS. The program is built without a default for that, hence every client in it
/// begins here.
#[expect(clippy::disallowed_methods, reason = "their one home")]
pub fn client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder().tls_backend_preconfigured(tls::config())
}
