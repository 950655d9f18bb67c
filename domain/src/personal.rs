//! Personal content in events: marked here, sealed by the event store, so that it never stands in the log in clear.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// The key that marks personal content in an event's JSON: `{"$personal": …}`. The event store replaces what it marks by
/// ciphertext before an event is stored, and puts it back when it is loaded.
pub const PERSONAL_MARK: &str = "$personal";

/// Personal content: intakes, answers, notes, step texts, summaries, names, e-mail addresses.
///
/// Its `Debug` hides the content, so that it can't reach a log line by accident.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Personal<T> {
    #[serde(rename = "$personal")]
    content: T,
}

impl<T> Personal<T> {
    /// Marks a value as personal.
    pub fn new(content: T) -> Self {
        Self { content }
    }

    /// The value itself.
    pub fn into_inner(self) -> T {
        self.content
    }
}

impl<T> Deref for Personal<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.content
    }
}

impl<T> From<T> for Personal<T> {
    fn from(content: T) -> Self {
        Self { content }
    }
}

impl From<&str> for Personal<String> {
    fn from(content: &str) -> Self {
        Self { content: content.to_owned() }
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(…)")
    }
}
