//! Files are sealed each under a key of its own, which the data key of a subject wraps: who the file belongs to can change
//! without touching its bytes, and destroying the subject's key makes it unreadable.

use std::fmt;

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::sealing::{PreparedKey, bind, decrypt, encrypt, random};

/// The key of one file; wiped from memory when dropped, hidden in `Debug`.
pub struct FileKey {
    file: Uuid,
    bytes: Zeroizing<[u8; 32]>,
}

impl FileKey {
    /// A new key for a file.
    pub fn generate(file: Uuid) -> Self {
        Self { file, bytes: Zeroizing::new(random()) }
    }

    /// Opens a wrapped key with the data key that wrapped it, for the file that it was made for.
    pub fn unwrap(wrapped: &[u8], file: Uuid, by: &PreparedKey) -> Result<Self, StoreError> {
        let bytes = decrypt(&by.key.bytes, wrapped, &wrapped_for(file, by)).map(Zeroizing::new);
        let bytes = bytes.ok().and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
        Ok(Self { file, bytes: Zeroizing::new(bytes.ok_or(StoreError::SealedFile(file))?) })
    }

    /// The key as it may be stored: whoever has the subject's data key can open it.
    pub fn wrapped(&self, by: &PreparedKey) -> Vec<u8> {
        encrypt(&by.key.bytes, self.bytes.as_slice(), &wrapped_for(self.file, by))
    }

    /// Seals a part of the file: its content, or what is told of it. What was sealed as one part opens as that part only.
    pub fn seal(&self, part: &str, plain: &[u8]) -> Vec<u8> {
        encrypt(&self.bytes, plain, &self.bound_to(part))
    }

    /// Opens what was sealed as this part of the file.
    pub fn open(&self, part: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        decrypt(&self.bytes, sealed, &self.bound_to(part)).map_err(|_| StoreError::SealedFile(self.file))
    }

    fn bound_to(&self, part: &str) -> Vec<u8> {
        bind(&[b"flowpilot file", self.file.as_bytes(), part.as_bytes()])
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileKey").field("file", &self.file).finish_non_exhaustive()
    }
}

fn wrapped_for(file: Uuid, by: &PreparedKey) -> Vec<u8> {
    bind(&[b"flowpilot file key", file.as_bytes(), by.key.account.0.as_bytes()])
}

#[cfg(test)]
mod tests {
    use domain::id::AccountId;
    use domain::stored_event::Subject;

    use super::*;
    use crate::sealing::{DataKey, MasterKey};

    const FILE: Uuid = Uuid::from_u128(7);

    fn subject(id: u128) -> PreparedKey {
        let master = MasterKey::generate();
        DataKey::make(Subject::Session(Uuid::from_u128(id)), AccountId(Uuid::from_u128(1)), &master)
    }

    #[test]
    fn a_file_passes_to_another_subject_without_being_sealed_anew() {
        let (member, session) = (subject(1), subject(2));
        let key = FileKey::generate(FILE);
        let sealed = key.seal("content", b"pixels");
        let passed = FileKey::unwrap(&key.wrapped(&member), FILE, &member).unwrap().wrapped(&session);
        assert!(FileKey::unwrap(&passed, FILE, &member).is_err(), "it is the session's now");
        let found = FileKey::unwrap(&passed, FILE, &session).unwrap();
        assert_eq!(found.open("content", &sealed).unwrap(), b"pixels");
    }

    #[test]
    fn what_was_sealed_opens_in_its_own_file_and_part_only() {
        let member = subject(1);
        let key = FileKey::generate(FILE);
        let sealed = key.seal("content", b"pixels");
        assert!(!sealed.windows(6).any(|window| window == b"pixels"));
        assert!(key.open("about", &sealed).is_err());
        assert!(FileKey::generate(FILE).open("content", &sealed).is_err());
        assert!(FileKey::unwrap(&key.wrapped(&member), Uuid::from_u128(8), &member).is_err());
        let mut changed = sealed;
        *changed.last_mut().unwrap() ^= 1;
        assert!(key.open("content", &changed).is_err());
        assert!(key.open("content", b"short").is_err());
    }
}
