//! Flows: diagnostic trees that people and the assistant follow.

pub(crate) mod decide;

pub mod command;
pub mod diff;
pub mod error;
pub mod event;
pub mod library;
pub mod tree;
pub mod validation;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::flow::command::FlowCommand;
use crate::flow::error::FlowError;
use crate::flow::event::{FlowEvent, FlowHead, FlowOrigin};
use crate::flow::tree::FlowNode;

/// A flow as its events have made it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Flow {
    version: u64,
    /// None until it was begun.
    outline: Option<Outline>,
}

/// Whether a flow is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowStatus {
    /// Never published.
    Draft,
    /// Offered.
    Published,
    /// No longer offered.
    Retired,
}

impl FlowStatus {
    /// The name that is stored and served.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Published => "PUBLISHED",
            Self::Retired => "RETIRED",
        }
    }
}

/// A flow that was begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Outline {
    status: FlowStatus,
    /// As people edit it; the published versions stand in the log.
    head: FlowHead,
    nodes: Vec<FlowNode>,
    /// It differs from what was published last.
    has_draft: bool,
    draft_origin: FlowOrigin,
    published_version: Option<u32>,
}

impl Aggregate for Flow {
    const TYPE: &'static str = "flow";
    type Command = FlowCommand;
    type Event = FlowEvent;
    type Error = FlowError;
    type Services = ();

    async fn handle(
        &mut self,
        command: FlowCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), FlowError> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: FlowEvent) {
        self.version += 1;
        match (&mut self.outline, event) {
            (outline, FlowEvent::Created(created)) => {
                *outline = Some(Outline {
                    status: FlowStatus::Draft,
                    head: created.head,
                    nodes: created.nodes,
                    has_draft: true,
                    draft_origin: created.origin,
                    published_version: None,
                });
            }
            (Some(outline), FlowEvent::DraftSaved(saved)) => {
                outline.head = saved.head;
                outline.nodes = saved.nodes;
                outline.has_draft = true;
                outline.draft_origin = FlowOrigin::Manual;
            }
            (Some(outline), FlowEvent::Published(published)) => {
                outline.status = FlowStatus::Published;
                outline.head = published.head;
                outline.nodes = published.nodes;
                outline.has_draft = false;
                outline.published_version = Some(published.version);
            }
            (Some(outline), FlowEvent::Retired(_)) => outline.status = FlowStatus::Retired,
            // Nothing precedes a flow's creation; should a log say so, there is still no flow.
            (None, FlowEvent::DraftSaved(_) | FlowEvent::Published(_) | FlowEvent::Retired(_)) => {}
        }
    }
}

impl Flow {
    /// How many events it has: its version in the log, not its published one.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The newest published version.
    pub fn published_version(&self) -> Option<u32> {
        self.outline.as_ref()?.published_version
    }

    /// Whether it is offered; none until it was begun.
    pub fn status(&self) -> Option<FlowStatus> {
        self.outline.as_ref().map(|outline| outline.status)
    }
}
