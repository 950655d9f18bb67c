//! Script templates: PowerShell with typed parameters, versioned, from which scripts are generated that are safe to run.

mod decide;
mod literal;
mod parameter;

pub mod command;
pub mod error;
pub mod event;
pub mod generation;
pub mod library;
pub mod powershell;
pub mod template;
pub mod value;

pub use literal::secret_variable;
pub use parameter::{DeclarationFault, MAX_OPTIONS, MAX_PARAMETERS, Parameter, ParameterType};

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::script::command::ScriptTemplateCommand;
use crate::script::error::ScriptTemplateError;
use crate::script::event::ScriptTemplateEvent;
use crate::script::generation::{Argument, GeneratedText, generate};
use crate::script::template::TemplateContent;

/// A script template as its events have made it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ScriptTemplate {
    version: u64,
    /// None until it was published first.
    current: Option<TemplateVersion>,
    active: bool,
}

/// A published version: it stands for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateVersion {
    /// Its number, from 1.
    pub version: u32,
    /// What was published.
    pub content: TemplateContent,
}

impl Aggregate for ScriptTemplate {
    const TYPE: &'static str = "script_template";
    type Command = ScriptTemplateCommand;
    type Event = ScriptTemplateEvent;
    type Error = ScriptTemplateError;
    type Services = ();

    async fn handle(
        &mut self,
        command: ScriptTemplateCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), ScriptTemplateError> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: ScriptTemplateEvent) {
        self.version += 1;
        match event {
            ScriptTemplateEvent::Published(published) => {
                self.current =
                    Some(TemplateVersion { version: published.version, content: published.content });
                self.active = true;
            }
            ScriptTemplateEvent::Deactivated(_) => self.active = false,
            ScriptTemplateEvent::Generated(_) => {}
        }
    }
}

impl ScriptTemplate {
    /// How many events it has: its version in the log, not its published one.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The newest published version.
    pub fn current(&self) -> Option<&TemplateVersion> {
        self.current.as_ref()
    }

    /// It is offered.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// A script from the newest version.
    ///
    /// # Errors
    /// It was never published, is offered no longer, or parameters can't be taken as they are given.
    pub fn generate(&self, arguments: &[Argument]) -> Result<GeneratedText, ScriptTemplateError> {
        let current = self.current.as_ref().ok_or(ScriptTemplateError::NotFound)?;
        if !self.active {
            return Err(ScriptTemplateError::Deactivated);
        }
        generate(current, arguments).map_err(ScriptTemplateError::InvalidParameters)
    }
}
