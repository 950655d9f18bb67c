//! What is personal and kept apart from the log: sealed under the same keys, so that erasing a key erases it too.

use domain::id::AccountId;
use domain::stored_event::Subject;

use crate::error::StoreError;
use crate::sealing::{bind, decrypt, encrypt};
use crate::store::EventStore;

/// Where something stands: it opens there only.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table, say.
    pub kind: &'static str,
    /// Its name there.
    pub name: &'a str,
}

impl EventStore {
    /// Seals something under a subject's key; none if the subject has no key (any more).
    pub async fn seal_apart(
        &self,
        account: AccountId,
        subject: Subject,
        place: Place<'_>,
        plain: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let keys = self.keys.find(&[subject]).await?;
        let key = keys.get(&subject).filter(|key| key.account == account);
        Ok(key.map(|key| encrypt(&key.bytes, plain, &bound_to(account, place))))
    }

    /// Opens what was sealed there under a subject's key; none if the key is gone, or it was changed or moved.
    pub async fn open_apart(
        &self,
        account: AccountId,
        subject: Subject,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let keys = self.keys.find(&[subject]).await?;
        let key = keys.get(&subject).filter(|key| key.account == account);
        Ok(key.and_then(|key| decrypt(&key.bytes, sealed, &bound_to(account, place)).ok()))
    }
}

fn bound_to(account: AccountId, place: Place<'_>) -> Vec<u8> {
    bind(&[b"flowpilot apart", account.0.as_bytes(), place.kind.as_bytes(), place.name.as_bytes()])
}
