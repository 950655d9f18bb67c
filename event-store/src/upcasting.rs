//! Which events this program can read: the types and versions it knows, and how older shapes become newer ones.

mod session_abandoned;

use std::collections::{BTreeSet, HashSet};

use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use domain::account::event::AccountEvent;
use domain::analysis::event::AnalysisEvent;
use domain::flow::event::FlowEvent;
use domain::proposal::event::ProposalEvent;
use domain::script::event::ScriptTemplateEvent;
use domain::session::event::SessionEvent;

/// The known events and the upcasters. What is not in it is reported as unreadable, never skipped.
#[derive(Default)]
pub struct Catalog {
    known: HashSet<(&'static str, &'static str)>,
    upcasters: Vec<Box<dyn EventUpcaster>>,
}

impl Catalog {
    /// A catalog that knows nothing.
    pub fn empty() -> Self {
        Self::default()
    }

    /// All events of the domain as they are written now, with the upcasters from every older shape.
    pub fn current() -> Self {
        Self::empty()
            .with_events(SessionEvent::STORED)
            .with_events(FlowEvent::STORED)
            .with_events(AccountEvent::STORED)
            .with_events(ScriptTemplateEvent::STORED)
            .with_events(ProposalEvent::STORED)
            .with_events(AnalysisEvent::STORED)
            .with_upcaster(session_abandoned::SessionAbandoned)
    }

    /// Adds events: their stored types, each with the version that is written now.
    #[must_use]
    pub fn with_events(mut self, stored: &[(&'static str, &'static str)]) -> Self {
        self.known.extend(stored);
        self
    }

    /// Adds an upcaster. They are asked in the order in which they were added.
    #[must_use]
    pub fn with_upcaster(mut self, upcaster: impl EventUpcaster + 'static) -> Self {
        self.upcasters.push(Box::new(upcaster));
        self
    }

    /// The stored types that it knows, in order.
    pub fn types(&self) -> Vec<&'static str> {
        let types: BTreeSet<_> = self.known.iter().map(|(known, _)| *known).collect();
        types.into_iter().collect()
    }

    /// Brings an opened event to the newest shape; says why if that one is unknown.
    pub fn upcast(&self, event: SerializedEvent) -> (SerializedEvent, Result<(), &'static str>) {
        let event = self.upcasters.iter().fold(event, |event, upcaster| {
            if upcaster.can_upcast(&event.event_type, &event.event_version) {
                upcaster.upcast(event)
            } else {
                event
            }
        });
        let known = if self.known.contains(&(event.event_type.as_str(), event.event_version.as_str())) {
            Ok(())
        } else if self.known.iter().any(|(known, _)| *known == event.event_type) {
            Err("this program does not know this version of it")
        } else {
            Err("this program does not know this type")
        };
        (event, known)
    }
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalog")
            .field("known", &self.known.len())
            .field("upcasters", &self.upcasters.len())
            .finish()
    }
}
