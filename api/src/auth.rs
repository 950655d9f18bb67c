//! From a bearer token to a member: the token says who, the log says what they may do (rule 11.6).

pub mod published_keys;
pub mod token;
pub mod trust;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::access::Caller;
use domain::id::{AccountId, UserId};
use moka::sync::Cache;
use projections::accounts::{self, MemberRow};
use projections::error::ProjectionError;
use sqlx::PgPool;

use token::Claims;
use trust::Trust;

/// How long a member's role is believed before it is read again.
const BELIEVED: Duration = Duration::from_secs(2);

/// A member who calls, and their account.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Their account: every query carries it.
    pub account: AccountId,
    /// Who, in which role and teams.
    pub caller: Caller,
    /// Until when their token is taken: a connection outlives it, what is done over it does not.
    pub until: DateTime<Utc>,
}

impl Identity {
    fn of(member: &MemberRow, until: DateTime<Utc>) -> Self {
        Self { account: member.account, caller: member.caller(), until }
    }
}

/// Why nobody was found behind a request.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No token came.
    #[error("No token: send the header `Authorization: Bearer <token>`.")]
    Missing,
    /// The token is not ours, damaged, or for somebody else.
    #[error("The token is not valid here: {0}.")]
    Invalid(&'static str),
    /// The token was valid once.
    #[error("The token has expired: get a new one.")]
    Expired,
    /// The token is fine, but names nobody.
    #[error("The token names no active member of an account.")]
    Unknown,
    /// The issuer's keys could not be read.
    #[error("Tokens of this kind cannot be checked just now; try again in a moment.")]
    KeysUnavailable,
    /// The members could not be read.
    #[error("Members cannot be read just now; try again in a moment.")]
    Unavailable(#[from] Arc<ProjectionError>),
}

/// Finds out who calls.
#[derive(Clone)]
pub struct Gate {
    trust: Arc<Trust>,
    pool: PgPool,
    known: Cache<UserId, Arc<MemberRow>>,
    by_email: Cache<String, UserId>,
}

impl Gate {
    /// A gate that believes these tokens.
    pub fn new(trust: Trust, pool: PgPool) -> Self {
        Self {
            trust: Arc::new(trust),
            pool,
            known: Cache::builder().max_capacity(100_000).time_to_live(BELIEVED).build(),
            by_email: Cache::builder().max_capacity(100_000).time_to_live(BELIEVED).build(),
        }
    }

    /// Who is behind this `Authorization` header.
    pub async fn admit(&self, authorization: Option<&str>) -> Result<Identity, AuthError> {
        let header = authorization.ok_or(AuthError::Missing)?;
        let token = header
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(AuthError::Missing)?;
        self.admit_token(token).await
    }

    /// Who is behind this token.
    pub async fn admit_token(&self, token: &str) -> Result<Identity, AuthError> {
        let claims = self.trust.verify(token).await?;
        let member = self.member(&claims).await?;
        Ok(Identity::of(&member, claims.taken_until()))
    }

    /// A member who was admitted before, as they are now; none if they have left since. Whether their token is still taken,
    /// whoever asks has to look by the clock.
    pub async fn again(&self, admitted: &Identity) -> Result<Option<Identity>, AuthError> {
        let member = self.by_id(admitted.caller.user).await?;
        Ok(member
            .filter(|member| member.account == admitted.account)
            .map(|member| Identity::of(&member, admitted.until)))
    }

    async fn member(&self, claims: &Claims) -> Result<Arc<MemberRow>, AuthError> {
        if let Ok(id) = claims.sub.parse::<UserId>()
            && let Some(member) = self.by_id(id).await?
        {
            return Ok(member);
        }
        // At first sight a verified address finds the member, if it belongs to exactly one.
        let email = claims.email.as_deref().filter(|email| claims.email_verified && !email.contains('\0'));
        let email = email.ok_or(AuthError::Unknown)?;
        if let Some(id) = self.by_email.get(email)
            && let Some(member) = self.by_id(id).await?
        {
            return Ok(member);
        }
        let mut found = accounts::members_by_email(&self.pool, email).await.map_err(Arc::new)?;
        match (found.pop(), found.is_empty()) {
            (Some(member), true) => {
                self.by_email.insert(email.to_owned(), member.id);
                Ok(Arc::new(member))
            }
            _ => Err(AuthError::Unknown),
        }
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Arc<MemberRow>>, AuthError> {
        if let Some(member) = self.known.get(&id) {
            return Ok(Some(member));
        }
        let member = accounts::member(&self.pool, id).await.map_err(Arc::new)?.map(Arc::new);
        if let Some(member) = &member {
            self.known.insert(id, member.clone());
        }
        Ok(member)
    }
}
