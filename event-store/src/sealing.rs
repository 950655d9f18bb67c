//! Personal content is sealed before it is stored: what stands in the events table can't be read without the keys.
//!
//! Every session, member and account has a data key of its own; a master key that is not in the database wraps the
//! data keys. Destroying a data key makes what it sealed unreadable everywhere, backups included. A file, which has to
//! change hands, has a key of its own that a data key wraps.

mod content;
mod data_key;
mod file_key;
mod key_ring;
mod master_key;

pub(crate) use content::{Identity, holds_personal, open, seal, sealed_body};
pub use data_key::PreparedKey;
pub(crate) use data_key::{DataKey, NewKey};
pub use file_key::FileKey;
pub(crate) use key_ring::KeyRing;
pub use key_ring::foreign_keys;
pub use master_key::MasterKey;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use rand::TryRngCore;
use rand::rngs::OsRng;

const NONCE_BYTES: usize = 24;

/// Something was sealed with another key, for another place, or was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

/// Bytes that nobody can guess.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).expect("invariant: the operating system gives random bytes");
    bytes
}

/// A random nonce, then the ciphertext with its tag. The cipher's nonces are long enough to be drawn by chance.
pub(crate) fn encrypt(key: &[u8; 32], plain: &[u8], bound_to: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_BYTES] = random();
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: bound_to })
        .expect("invariant: an event, or a file, is far shorter than what the cipher takes");
    [nonce.as_slice(), &sealed].concat()
}

pub(crate) fn decrypt(key: &[u8; 32], sealed: &[u8], bound_to: &[u8]) -> Result<Vec<u8>, Broken> {
    let (nonce, ciphertext) = sealed.split_at_checked(NONCE_BYTES).ok_or(Broken)?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(XNonce::from_slice(nonce), Payload { msg: ciphertext, aad: bound_to })
        .map_err(|_| Broken)
}

/// Joins names so that no two lists of names give the same bytes.
pub(crate) fn bind(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
    for part in parts {
        bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
