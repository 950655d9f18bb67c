//! Whose tokens are believed (rule 11.6): those signed with the operator's secret, those of an issuer that publishes its keys.

use jsonwebtoken::{Algorithm, DecodingKey};

use super::AuthError;
use super::published_keys::{NoKey, PublishedKeys};
use super::token::{self, Claims, Secret};

/// Whose tokens are believed. Each algorithm has its own kind of key: a published one never verifies HS256.
#[derive(Debug)]
pub struct Trust {
    /// Who issues tokens (iss).
    pub issuer: String,
    /// For whom they are (aud).
    pub audience: String,
    /// The operator's secret, for HS256.
    pub secret: Option<Secret>,
    /// The issuer's keys, for RS256 and ES256.
    pub published: Option<PublishedKeys>,
}

impl From<Secret> for Trust {
    fn from(secret: Secret) -> Self {
        let (issuer, audience) = (secret.issuer.clone(), secret.audience.clone());
        Self { issuer, audience, secret: Some(secret), published: None }
    }
}

impl Trust {
    /// Checks signature, algorithm, issuer, audience and expiry.
    pub async fn verify(&self, text: &str) -> Result<Claims, AuthError> {
        let header = token::header(text)?;
        let key = match header.alg {
            Algorithm::HS256 => {
                let secret = self.secret.as_ref().ok_or(AuthError::Invalid("HS256 is not taken here"))?;
                DecodingKey::from_secret(&secret.bytes)
            }
            Algorithm::RS256 | Algorithm::ES256 => {
                let published =
                    self.published.as_ref().ok_or(AuthError::Invalid("only HS256 is taken here"))?;
                published.key(header.alg, header.kid.as_deref()).await.map_err(|why| match why {
                    NoKey::Unknown => AuthError::Invalid("it was signed with a key that nobody published"),
                    NoKey::Unavailable => AuthError::KeysUnavailable,
                })?
            }
            _ => return Err(AuthError::Invalid("only HS256, RS256 and ES256 are taken")),
        };
        token::verify(text, &key, header.alg, &self.issuer, &self.audience)
    }
}
