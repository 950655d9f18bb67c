//! How a problem is described: its domain, its urgency, and the classification of an intake.

use serde::{Deserialize, Serialize};

use crate::personal::Personal;

/// The twelve areas of an MSP's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ProblemDomain {
    ActiveDirectory,
    Networking,
    M365,
    Hardware,
    Endpoint,
    Virtualization,
    Security,
    Backup,
    Email,
    Printing,
    Cloud,
    Other,
}

impl ProblemDomain {
    /// All of them, in the contract's order.
    pub const ALL: [Self; 12] = [
        Self::ActiveDirectory,
        Self::Networking,
        Self::M365,
        Self::Hardware,
        Self::Endpoint,
        Self::Virtualization,
        Self::Security,
        Self::Backup,
        Self::Email,
        Self::Printing,
        Self::Cloud,
        Self::Other,
    ];

    /// The name that is stored and served, e.g. `ACTIVE_DIRECTORY`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ActiveDirectory => "ACTIVE_DIRECTORY",
            Self::Networking => "NETWORKING",
            Self::M365 => "M365",
            Self::Hardware => "HARDWARE",
            Self::Endpoint => "ENDPOINT",
            Self::Virtualization => "VIRTUALIZATION",
            Self::Security => "SECURITY",
            Self::Backup => "BACKUP",
            Self::Email => "EMAIL",
            Self::Printing => "PRINTING",
            Self::Cloud => "CLOUD",
            Self::Other => "OTHER",
        }
    }
}

/// How much is at stake while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Urgency {
    Low,
    Medium,
    High,
    Critical,
}

/// What an intake is about (rule 2.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// One line of at most 120 characters.
    pub summary: Personal<String>,
    /// The area it belongs to.
    pub domain: ProblemDomain,
    /// What was observed, in the words of the intake.
    pub key_symptoms: Personal<Vec<String>>,
    /// How urgent it is.
    pub urgency: Urgency,
}
