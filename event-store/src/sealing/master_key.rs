//! The master key: from the environment or a file; it wraps the data keys and never enters the database.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use domain::id::CommandId;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::sealing::{Broken, decrypt, encrypt, random};

const KEY_BYTES: usize = 32;

/// 32 bytes that open everything; wiped from memory when dropped, hidden in `Debug`.
#[derive(Clone)]
pub struct MasterKey {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
}

impl MasterKey {
    /// A new one, by chance.
    pub fn generate() -> Self {
        Self { bytes: Zeroizing::new(random()) }
    }

    /// From 64 hexadecimal digits or from base64.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        let bytes = Zeroizing::new(from_hex(text).or_else(|| from_base64(text)).unwrap_or_default());
        let bytes = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_| {
            StoreError::MasterKey("expected 32 bytes as 64 hexadecimal digits or as base64".to_owned())
        })?;
        Ok(Self { bytes: Zeroizing::new(bytes) })
    }

    /// From a file that is there.
    pub fn load(path: &Path) -> Result<Self, StoreError> {
        Self::read(path).map_err(|error| failed(path, &error))?
    }

    /// From a file; if there is none, a new key is made and written there, readable by its owner only.
    pub fn load_or_create(path: &Path) -> Result<Self, StoreError> {
        match Self::read(path) {
            Ok(key) => key,
            Err(error) if error.kind() == ErrorKind::NotFound => match Self::create(path) {
                Ok(key) => Ok(key),
                // Somebody else was faster: theirs counts.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::load_or_create(path),
                Err(error) => Err(failed(path, &error)),
            },
            Err(error) => Err(failed(path, &error)),
        }
    }

    fn read(path: &Path) -> std::io::Result<Result<Self, StoreError>> {
        let mut text = Zeroizing::new(String::new());
        OpenOptions::new().read(true).open(path)?.read_to_string(&mut text)?;
        Ok(Self::parse(&text))
    }

    /// Writes a new key under a name of its own first, so that under `path` there is never half a key.
    fn create(path: &Path) -> std::io::Result<Self> {
        let key = Self::generate();
        let unfinished = path.with_extension(format!("new-{}", u64::from_be_bytes(random())));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        let written = file
            .write_all(Zeroizing::new(format!("{}\n", STANDARD.encode(key.bytes.as_slice()))).as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| std::fs::hard_link(&unfinished, path));
        std::fs::remove_file(&unfinished)?;
        written.map(|()| key)
    }

    /// A short name for it, which gives nothing away: a data key says by which master key it was wrapped.
    pub fn id(&self) -> String {
        let digest = hmac_sha256(&self.bytes, b"flowpilot master key id");
        let start = digest.first_chunk().copied().unwrap_or_default();
        format!("{:016x}", u64::from_be_bytes(start))
    }

    /// A digest of a command's input as it may be stored: short inputs could be guessed from a plain one by whoever reads
    /// the database. Two commands never show that their inputs are the same.
    pub(crate) fn blind(&self, command: CommandId, input_hash: &[u8; 32]) -> [u8; 32] {
        let key = hmac_sha256(&self.bytes, b"flowpilot input hash");
        hmac_sha256(&key, &[command.0.as_bytes().as_slice(), input_hash].concat())
    }

    pub(crate) fn wrap(&self, key: &[u8; KEY_BYTES], bound_to: &[u8]) -> Vec<u8> {
        encrypt(&self.bytes, key, bound_to)
    }

    pub(crate) fn unwrap_key(&self, wrapped: &[u8], bound_to: &[u8]) -> Result<[u8; KEY_BYTES], Broken> {
        let bytes = Zeroizing::new(decrypt(&self.bytes, wrapped, bound_to)?);
        bytes.as_slice().try_into().map_err(|_| Broken)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

fn failed(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::MasterKey(format!("{}: {error}", path.display()))
}

/// A key for one purpose, from which the key it was made of can't be found.
pub(crate) fn hmac_sha256(key: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("invariant: HMAC takes a key of any length");
    mac.update(purpose);
    mac.finalize().into_bytes().into()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 2 * KEY_BYTES || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..KEY_BYTES).map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).ok()).collect()
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD]
        .into_iter()
        .find_map(|form| form.decode(text).ok())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_made_in_a_folder_is_found_there_again_and_is_its_owners_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKey::load_or_create(&path).unwrap();
        let found = MasterKey::load_or_create(&path).unwrap();
        assert_eq!(made.bytes, found.bytes);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left lying there");
    }

    #[test]
    fn hexadecimal_digits_and_base64_name_the_same_key() {
        let hex = MasterKey::parse(&"0f".repeat(32)).unwrap();
        let base64 = MasterKey::parse(&format!(" {}\n", STANDARD.encode([0x0f; 32]))).unwrap();
        assert_eq!(hex.bytes, base64.bytes);
        assert_eq!(hex.id(), base64.id());
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        for text in ["", "secret-but-short", &"zz".repeat(32), &"0f".repeat(31)] {
            let error = MasterKey::parse(text).unwrap_err().to_string();
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
    }

    #[test]
    fn a_damaged_key_file_is_refused_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        std::fs::write(&path, "half a k").unwrap();
        assert!(MasterKey::load_or_create(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "half a k");
    }
}
