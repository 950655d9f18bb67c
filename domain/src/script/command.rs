//! What a script template can be told.

use crate::access::By;
use crate::id::{AccountId, ScriptId, SessionId, StepId};
use crate::script::generation::GeneratedText;
use crate::script::template::TemplateContent;

/// A command: who wants what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptTemplateCommand {
    /// Who.
    pub by: By,
    /// What.
    pub act: ScriptTemplateAct,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptTemplateAct {
    /// Publish a first version. By those who keep the account's or the team's templates.
    Publish(TemplateContent),
    /// Publish the next version; a deactivated template is offered again.
    PublishAgain(TemplateContent),
    /// Offer it no longer.
    Deactivate,
    /// Note that a script was generated from it.
    RecordGeneration(RecordGeneration),
}

/// A script that was generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordGeneration {
    /// The script's id.
    pub script: ScriptId,
    /// What was generated.
    pub generated: GeneratedText,
    /// For this session.
    pub session: Option<SessionId>,
    /// For this step of it.
    pub step: Option<StepId>,
    /// The account, under whose key the values are sealed if there is no session.
    pub account: AccountId,
}
