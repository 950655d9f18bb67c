//! Tokens: JWTs, checked for issuer, audience and expiry; those of our own are signed with HS256.

use std::fmt;

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::AuthError;

/// Clocks may differ by so much.
const LEEWAY: Duration = Duration::seconds(30);

/// What signs tokens, and whom they must name.
pub struct Secret {
    /// The shared secret.
    pub bytes: Vec<u8>,
    /// Who issues tokens (iss).
    pub issuer: String,
    /// For whom they are (aud).
    pub audience: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// What a token says that we read. Role and teams come from the log, not from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The member's id, or the identity provider's own.
    pub sub: String,
    /// Seconds since 1970 at which it ends.
    pub exp: i64,
    /// Who issued it.
    pub iss: String,
    /// For whom it is.
    pub aud: String,
    /// The member's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The issuer has checked the address.
    #[serde(default)]
    pub email_verified: bool,
}

impl Claims {
    /// Until when it is taken: clocks may differ a little.
    pub fn taken_until(&self) -> DateTime<Utc> {
        let end = DateTime::from_timestamp(self.exp, 0);
        end.and_then(|end| end.checked_add_signed(LEEWAY)).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// What is read of a token; `aud` may be a list there, and was checked already.
#[derive(Deserialize)]
struct Read {
    sub: String,
    exp: i64,
    iss: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
}

impl Secret {
    /// Signs a token for this subject.
    pub fn sign(
        &self,
        subject: &str,
        now: DateTime<Utc>,
        lifetime: Duration,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            sub: subject.to_owned(),
            exp: (now + lifetime).timestamp(),
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            email: None,
            email_verified: false,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(&self.bytes))
    }
}

/// What a token says of itself before anything of it is believed.
pub(super) fn header(token: &str) -> Result<Header, AuthError> {
    jsonwebtoken::decode_header(token).map_err(|error| refusal(error.kind()))
}

/// Checks signature, algorithm, issuer, audience and expiry.
pub(super) fn verify(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
    issuer: &str,
    audience: &str,
) -> Result<Claims, AuthError> {
    let mut rules = Validation::new(algorithm);
    rules.leeway = LEEWAY.num_seconds().unsigned_abs();
    rules.validate_nbf = true;
    rules.set_issuer(&[issuer]);
    rules.set_audience(&[audience]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let data = jsonwebtoken::decode::<Read>(token, key, &rules).map_err(|error| refusal(error.kind()))?;
    let Read { sub, exp, iss, email, email_verified } = data.claims;
    let email = email.map(|email| email.to_lowercase());
    Ok(Claims { sub, exp, iss, aud: audience.to_owned(), email, email_verified })
}

fn refusal(kind: &ErrorKind) -> AuthError {
    match kind {
        ErrorKind::ExpiredSignature => AuthError::Expired,
        ErrorKind::InvalidSignature => AuthError::Invalid("its signature does not fit"),
        ErrorKind::InvalidIssuer => AuthError::Invalid("it was issued by somebody else"),
        ErrorKind::InvalidAudience => AuthError::Invalid("it is meant for somebody else"),
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => {
            AuthError::Invalid("only HS256, RS256 and ES256 are taken")
        }
        ErrorKind::MissingRequiredClaim(_) => AuthError::Invalid("it lacks exp, iss, aud or sub"),
        ErrorKind::ImmatureSignature => AuthError::Invalid("it is not valid yet"),
        _ => AuthError::Invalid("it is malformed"),
    }
}
