//! Configuration of tokens: the operator's secret, the keys that an issuer publishes, and whom tokens must name.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use event_store::sealing::MasterKey;
use integrations::http::{Document, Http, HttpSettings};

use super::{Mode, private_folder};
use crate::auth::published_keys::{KeySource, PublishedKeys};
use crate::auth::token::Secret;
use crate::auth::trust::Trust;

/// Fewest bytes of a signing secret outside development mode.
const SHORTEST_SECRET: usize = 32;
/// Largest set of keys that is read, in bytes.
const LARGEST_KEY_SET: usize = 256 * 1024;

/// Whose tokens are believed.
#[derive(Debug, Clone, Args)]
pub struct TokenOptions {
    /// The secret that signs tokens (HS256), at least 32 bytes. In development made in the data folder.
    #[arg(long, env = "FLOWPILOT_JWT_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub jwt_secret: Option<String>,

    /// The keys (JWKS) with which an identity provider signs tokens (RS256, ES256): an https address, or a file.
    #[arg(long, env = "FLOWPILOT_JWKS", value_name = "URL OR FILE")]
    pub jwks: Option<String>,

    /// The issuer that tokens must name (iss).
    #[arg(long, env = "FLOWPILOT_JWT_ISSUER", default_value = "flowpilot", value_name = "NAME")]
    pub jwt_issuer: String,

    /// The audience that tokens must name (aud).
    #[arg(long, env = "FLOWPILOT_JWT_AUDIENCE", default_value = "flowpilot", value_name = "NAME")]
    pub jwt_audience: String,
}

impl TokenOptions {
    /// Whose tokens are believed. With published keys production needs no secret.
    pub(super) fn trust(&self, mode: Mode, data_dir: &Path) -> anyhow::Result<Trust> {
        let published = self.published()?;
        let secret = if published.is_some() && self.jwt_secret.is_none() && mode == Mode::Production {
            None
        } else {
            Some(self.secret(mode, data_dir)?)
        };
        let (issuer, audience) = (self.jwt_issuer.clone(), self.jwt_audience.clone());
        Ok(Trust { issuer, audience, secret, published })
    }

    /// The secret that signs tokens, and whom tokens must name.
    pub(super) fn secret(&self, mode: Mode, data_dir: &Path) -> anyhow::Result<Secret> {
        let bytes = match (&self.jwt_secret, mode) {
            (Some(secret), Mode::Production) if secret.len() < SHORTEST_SECRET => {
                bail!(
                    "FLOWPILOT_JWT_SECRET has {} bytes; production wants at least {SHORTEST_SECRET}",
                    secret.len()
                )
            }
            (Some(secret), _) => secret.clone().into_bytes(),
            (None, Mode::Production) => {
                bail!(
                    "production needs FLOWPILOT_JWT_SECRET (at least {SHORTEST_SECRET} bytes) or FLOWPILOT_JWKS"
                )
            }
            (None, Mode::Development) => development_secret(data_dir)?,
        };
        Ok(Secret { bytes, issuer: self.jwt_issuer.clone(), audience: self.jwt_audience.clone() })
    }

    fn published(&self) -> anyhow::Result<Option<PublishedKeys>> {
        let Some(place) = self.jwks.as_deref().map(str::trim).filter(|place| !place.is_empty()) else {
            return Ok(None);
        };
        let source = if place.contains("://") {
            let settings = HttpSettings {
                connect: Duration::from_secs(5),
                largest_answer: LARGEST_KEY_SET,
                // Whatever is not https is this machine's own.
                proxy: place.starts_with("https:"),
            };
            KeySource::Published(Document::new(Http::new(settings)?, place).context("FLOWPILOT_JWKS")?)
        } else {
            KeySource::File(PathBuf::from(place))
        };
        Ok(Some(PublishedKeys::new(source)))
    }
}

/// A secret of the data folder, made on first use.
fn development_secret(data_dir: &Path) -> anyhow::Result<Vec<u8>> {
    private_folder(data_dir)?;
    let file = data_dir.join("jwt.secret");
    MasterKey::load_or_create(&file)?;
    std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(secret: Option<&str>, jwks: Option<&str>) -> TokenOptions {
        TokenOptions {
            jwt_secret: secret.map(str::to_owned),
            jwks: jwks.map(str::to_owned),
            jwt_issuer: "flowpilot".to_owned(),
            jwt_audience: "flowpilot".to_owned(),
        }
    }

    fn trust(secret: Option<&str>, jwks: Option<&str>) -> Result<Trust, String> {
        let trust = options(secret, jwks).trust(Mode::Production, Path::new("/nowhere"));
        trust.map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn production_wants_a_secret_or_published_keys() {
        assert!(trust(None, None).unwrap_err().contains("FLOWPILOT_JWKS"));
        assert!(trust(Some("short"), None).unwrap_err().contains("32"));
        assert!(trust(Some("short"), Some("/etc/keys.json")).unwrap_err().contains("32"));
        let by_keys = trust(None, Some("https://login.example/keys")).unwrap();
        assert!(by_keys.secret.is_none() && by_keys.published.is_some());
        let by_both = trust(Some(&"s".repeat(32)), Some("/etc/keys.json")).unwrap();
        assert!(by_both.secret.is_some() && by_both.published.is_some());
        assert!(trust(None, Some("http://login.example/keys")).unwrap_err().contains("FLOWPILOT_JWKS"));
    }
}
