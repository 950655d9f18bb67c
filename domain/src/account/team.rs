//! Teams of an account.

use serde::{Deserialize, Serialize};

use crate::input::Length;
use crate::personal::Personal;

/// A team as the log knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its name, unique in the account.
    pub name: String,
    /// What the assistant may rely on in this team's sessions: client configuration, naming conventions.
    pub context: Option<Personal<String>>,
}

impl Team {
    /// How long its context may be, as it is written.
    pub const CONTEXT: Length = Length::up_to(4_000).redacted();
}
