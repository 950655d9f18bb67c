//! A key as it travels in a header: never shown.

use std::fmt;

use reqwest::header::HeaderValue;

use crate::Misconfigured;

/// A key. Its `Debug` hides it, and so do the headers that carry it.
#[derive(Clone)]
pub struct Secret(HeaderValue);

impl Secret {
    /// Takes a key as it stands in a file or the environment: space around it and the last newline don't belong to it.
    pub fn new(key: &str) -> Result<Self, Misconfigured> {
        Self::prefixed("", key)
    }

    /// The same with a scheme before it: `Bearer `.
    pub fn prefixed(scheme: &str, key: &str) -> Result<Self, Misconfigured> {
        let key = key.trim();
        let mut value = HeaderValue::from_str(&format!("{scheme}{key}")).map_err(|_| Misconfigured::Key)?;
        if key.is_empty() {
            return Err(Misconfigured::Key);
        }
        value.set_sensitive(true);
        Ok(Self(value))
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_trimmed_and_never_shown() {
        let key = Secret::prefixed("Bearer ", " sk-test-1\n").unwrap();
        assert_eq!(key.header().to_str().unwrap(), "Bearer sk-test-1");
        assert!(!format!("{key:?} {:?}", key.header()).contains("sk-test"));
    }

    #[test]
    fn a_key_that_no_header_can_carry_is_refused() {
        for bad in ["", "  ", "two\nlines"] {
            assert_eq!(Secret::new(bad).err(), Some(Misconfigured::Key), "{bad:?}");
        }
    }
}
