//! What happens to a script template. Templates are the account's knowledge: only the values of a generation are personal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{AccountId, ScriptId, SessionId, StepId, UserId};
use crate::personal::Personal;
use crate::script::template::TemplateContent;
use crate::stored_event::{Sealable, Subject};

crate::stored_events! {
    /// An event of a script template.
    pub enum ScriptTemplateEvent {
        /// A version was published.
        Published(ScriptTemplatePublished) = "script_template.published", "1.0";
        /// It is no longer offered.
        Deactivated(ScriptTemplateDeactivated) = "script_template.deactivated", "1.0";
        /// A script was generated from it.
        Generated(ScriptGenerated) = "script_template.generated", "1.0";
    }
}

/// A version was published: it stands for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptTemplatePublished {
    /// Its number, from 1.
    pub version: u32,
    /// What it is.
    #[serde(flatten)]
    pub content: TemplateContent,
}

/// It is no longer offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ScriptTemplateDeactivated {}

/// A script was generated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptGenerated {
    /// The script's id.
    pub script: ScriptId,
    /// From this version.
    pub template_version: u32,
    /// For this session, whose key seals the values then,
    pub session: Option<SessionId>,
    /// and this step of it.
    pub step: Option<StepId>,
    /// The account, whose key seals the values otherwise.
    pub account: AccountId,
    /// By whom.
    pub generated_by: UserId,
    /// The values that were given, by key; a SECRET's is known to nobody but who runs the script.
    pub arguments: Personal<BTreeMap<String, String>>,
}

impl Sealable for ScriptTemplateEvent {
    fn subject(&self, _template: Uuid) -> Option<Subject> {
        match self {
            Self::Published(_) | Self::Deactivated(_) => None,
            Self::Generated(generated) => Some(match generated.session {
                Some(session) => Subject::Session(session.0),
                None => Subject::Account(generated.account.0),
            }),
        }
    }
}
