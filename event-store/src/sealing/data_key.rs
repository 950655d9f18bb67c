//! A data key: seals what is personal in one session, of one member, or of one account.

use std::fmt;
use std::sync::Arc;

use domain::id::AccountId;
use domain::stored_event::Subject;
use zeroize::Zeroizing;

use crate::sealing::master_key::hmac_sha256;
use crate::sealing::{Broken, MasterKey, bind, random};

/// An opened data key, wiped from memory when it is dropped, with the account that it belongs to.
pub(crate) struct DataKey {
    pub(crate) bytes: Zeroizing<[u8; 32]>,
    pub(crate) account: AccountId,
}

/// A data key as the database holds it.
#[derive(Debug, Clone)]
pub(crate) struct NewKey {
    pub(crate) subject: Subject,
    pub(crate) account: AccountId,
    pub(crate) wrapped: Vec<u8>,
    pub(crate) master_key_id: String,
}

/// A subject's key, ready to be used; a new one is stored together with the first events that it seals.
#[derive(Clone)]
pub struct PreparedKey {
    pub(crate) subject: Subject,
    pub(crate) key: Arc<DataKey>,
    /// What is to be stored with the append; none if it is stored already.
    pub(crate) new: Option<Arc<NewKey>>,
}

impl PreparedKey {
    /// Whose key it is.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// Whether it is stored already. One that is not seals nothing that outlives this process.
    pub fn is_stored(&self) -> bool {
        self.new.is_none()
    }

    /// The key for digests of secrets that were taken out of a text: within a subject the same secret gets the same
    /// digest, and nobody without the key can try out candidates.
    pub fn redaction_key(&self) -> [u8; 32] {
        hmac_sha256(&self.key.bytes, b"flowpilot redaction digest")
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedKey").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl DataKey {
    /// A new key for a subject, in memory only as yet.
    pub(crate) fn make(subject: Subject, account: AccountId, master: &MasterKey) -> PreparedKey {
        let key = Self { bytes: Zeroizing::new(random()), account };
        let wrapped = master.wrap(&key.bytes, &bound_to(subject, account));
        let new = NewKey { subject, account, wrapped, master_key_id: master.id() };
        PreparedKey { subject, key: Arc::new(key), new: Some(Arc::new(new)) }
    }

    /// Opens a stored key. It opens only under the names it was wrapped for: a row can't be moved to another subject.
    pub(crate) fn unwrap(stored: &NewKey, master: &MasterKey) -> Result<Self, Broken> {
        let bytes = master.unwrap_key(&stored.wrapped, &bound_to(stored.subject, stored.account))?;
        Ok(Self { bytes: Zeroizing::new(bytes), account: stored.account })
    }
}

fn bound_to(subject: Subject, account: AccountId) -> Vec<u8> {
    bind(&[b"flowpilot data key", subject.kind().as_bytes(), subject.id().as_bytes(), account.0.as_bytes()])
}
