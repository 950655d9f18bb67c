//! Public keys that an identity provider publishes as a JWKS, read again when they are old or a token names an unknown one.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use integrations::http::Document;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long keys are used before they are read again.
const LIFETIME: Duration = Duration::from_mins(10);
/// How long keys are trusted that can't be read again.
const TRUSTED: Duration = Duration::from_hours(1);
/// Least time between two readings, whatever tokens name.
const PAUSE: Duration = Duration::from_secs(5);
/// How long a reading may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// Most keys that are used.
const MOST_KEYS: usize = 100;
/// Fewest bits of an RSA key.
const SHORTEST_RSA: usize = 2048;

/// Where the keys stand.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// At an address.
    Published(Document),
    /// In a file.
    File(PathBuf),
}

/// Why there is no key for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoKey {
    /// None of the published keys is the token's.
    Unknown,
    /// The keys can't be read.
    Unavailable,
}

/// A set of keys, kept in memory.
pub struct PublishedKeys {
    source: KeySource,
    kept: RwLock<Arc<Kept>>,
    /// Held by the one that reads.
    reading: Mutex<Option<Instant>>,
}

/// The keys as they were read last.
#[derive(Default)]
struct Kept {
    keys: Vec<Key>,
    read_at: Option<Instant>,
}

#[derive(Clone)]
struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    verifies: DecodingKey,
}

impl PublishedKeys {
    /// Nothing is read before the first token comes.
    pub fn new(source: KeySource) -> Self {
        Self { source, kept: RwLock::default(), reading: Mutex::default() }
    }

    /// The key that a token with this header was signed with. It verifies this algorithm and no other.
    pub async fn key(&self, algorithm: Algorithm, id: Option<&str>) -> Result<DecodingKey, NoKey> {
        let kept = self.kept();
        let found = kept.find(algorithm, id);
        if let (Some(key), true) = (&found, kept.is_younger_than(LIFETIME)) {
            return Ok(key.clone());
        }
        let kept = match (self.reading.try_lock(), found) {
            (Ok(tried_at), _) => self.read_again(tried_at).await,
            // Somebody else is reading already: a key that is known will do meanwhile.
            (Err(_), Some(key)) if kept.is_younger_than(TRUSTED) => return Ok(key),
            (Err(_), _) => self.read_again(self.reading.lock().await).await,
        };
        if !kept.is_younger_than(TRUSTED) {
            return Err(NoKey::Unavailable);
        }
        kept.find(algorithm, id).ok_or(NoKey::Unknown)
    }

    /// Reads the keys unless that was tried a moment ago.
    async fn read_again(&self, mut tried_at: tokio::sync::MutexGuard<'_, Option<Instant>>) -> Arc<Kept> {
        if tried_at.is_none_or(|at| at.elapsed() >= PAUSE) {
            *tried_at = Some(Instant::now());
            match self.read().await {
                Ok(keys) => {
                    let read = Arc::new(Kept { keys, read_at: Some(Instant::now()) });
                    *self.kept.write().unwrap_or_else(PoisonError::into_inner) = read;
                }
                Err(why) => tracing::warn!(error = %why, "the keys of the token issuer cannot be read"),
            }
        }
        self.kept()
    }

    async fn read(&self) -> Result<Vec<Key>, String> {
        let text = match &self.source {
            KeySource::Published(document) => {
                let reply = document.fetch(DEADLINE).await.map_err(|fault| fault.to_string())?;
                if !reply.status.is_success() {
                    return Err(format!("HTTP status {}", reply.status.as_u16()));
                }
                reply.body
            }
            KeySource::File(path) => tokio::fs::read(path).await.map_err(|error| error.to_string())?,
        };
        let set: KeySet = serde_json::from_slice(&text).map_err(|_| "it is no JWKS".to_owned())?;
        Ok(set.keys.into_iter().filter_map(Key::of).take(MOST_KEYS).collect())
    }

    fn kept(&self) -> Arc<Kept> {
        Arc::clone(&self.kept.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for PublishedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishedKeys").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Kept {
    /// The key of this id. A token without an id is taken only where there is no choice.
    fn find(&self, algorithm: Algorithm, id: Option<&str>) -> Option<DecodingKey> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| key.algorithm == algorithm && id.is_none_or(|id| key.id.as_deref() == Some(id)));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only.verifies.clone()),
            _ => None,
        }
    }

    fn is_younger_than(&self, age: Duration) -> bool {
        self.read_at.is_some_and(|at| at.elapsed() < age)
    }
}

/// A JWKS whose keys may be of kinds that nobody here knows.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl Key {
    /// A public key that signs with RS256 or ES256; any other is left out. A symmetric one is no public key.
    fn of(value: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) if bits(&rsa.n) >= SHORTEST_RSA => Algorithm::RS256,
            AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
                Algorithm::ES256
            }
            _ => return None,
        };
        let named = match jwk.common.key_algorithm {
            None => true,
            Some(KeyAlgorithm::RS256) => algorithm == Algorithm::RS256,
            Some(KeyAlgorithm::ES256) => algorithm == Algorithm::ES256,
            Some(_) => false,
        };
        let signs = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
        if !named || !signs {
            return None;
        }
        let verifies = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self { id: jwk.common.key_id, algorithm, verifies })
    }
}

/// How many bits a number in base64url has, to the byte.
fn bits(number: &str) -> usize {
    number.trim_end_matches('=').len() * 6 / 8 * 8
}
