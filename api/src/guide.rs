//! Who makes the steps: the built-in playbook, or a model, with or without the playbook behind it.

use std::fmt;
use std::sync::Arc;

use domain::assistant::port::{Assistant, Size};

/// Who makes the steps.
#[derive(Clone, Default)]
pub enum Guide {
    /// The built-in playbook.
    #[default]
    Playbook,
    /// A model.
    Model {
        /// Who is asked.
        assistant: Arc<dyn Assistant>,
        /// What happens when no usable answer comes.
        fallback: Fallback,
    },
}

/// What happens to a step for which no usable answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Fallback {
    /// It stands as failed until somebody asks again.
    #[default]
    None,
    /// The playbook makes it.
    Playbook,
}

impl fmt::Debug for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Playbook => f.write_str("Playbook"),
            Self::Model { assistant, fallback } => f
                .debug_struct("Model")
                .field("quick", &assistant.model(Size::Quick))
                .field("deep", &assistant.model(Size::Deep))
                .field("fallback", fallback)
                .finish(),
        }
    }
}
