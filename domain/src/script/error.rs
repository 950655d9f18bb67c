//! Why a script template refuses a command.

use crate::refusal::RefusalCode;
use crate::script::generation::ParameterFault;
use crate::script::template::TemplateFault;

/// A refused command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptTemplateError {
    /// It was never published.
    #[error("There is no such script template.")]
    NotFound,
    /// The id is taken.
    #[error("The script template exists already.")]
    AlreadyExists,
    /// Not the caller's to do.
    #[error("Only {who} may do this.")]
    NotEntitled {
        /// Who may.
        who: &'static str,
    },
    /// It is no longer offered.
    #[error("The script template is deactivated.")]
    Deactivated,
    /// It can't be published as it is (rule 8.2).
    #[error("{}", sentences(.0))]
    InvalidTemplate(Vec<TemplateFault>),
    /// Values can't be taken as they are given.
    #[error("{}", sentences(.0))]
    InvalidParameters(Vec<ParameterFault>),
}

impl ScriptTemplateError {
    /// The contract's code.
    pub fn code(&self) -> RefusalCode {
        match self {
            Self::NotFound => RefusalCode::NotFound,
            Self::AlreadyExists | Self::Deactivated => RefusalCode::WrongStatus,
            Self::NotEntitled { .. } => RefusalCode::NotEntitled,
            Self::InvalidTemplate(_) => RefusalCode::InvalidInput,
            Self::InvalidParameters(_) => RefusalCode::InvalidParameter,
        }
    }
}

fn sentences(faults: &[impl ToString]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
