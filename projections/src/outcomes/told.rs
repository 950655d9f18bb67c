//! What outcomes read of an event: the few fields that they count by. Texts, and whatever else it holds, are passed over
//! without being copied, for most of the upkeep's time would go into that.

use domain::id::{TeamId, UserId};
use domain::problem::ProblemDomain;
use domain::recorded_event::{RecordedEvent, Unreadable};
use domain::session::status::{Confidence, ConfidenceTier};
use domain::session::step::StepKind;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// An event of a session, as far as it changes an outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Told {
    Started {
        handler: UserId,
        team: Option<TeamId>,
    },
    Classified(ProblemDomain),
    /// A step that counts, with its tier.
    Step(ConfidenceTier),
    Paused,
    /// Its handler goes on with it.
    Active,
    EscalationRequested,
    PickedUp(UserId),
    HandedOff,
    Abandoned,
    Resolved(Option<u8>),
    Reopened,
    Rated(u8),
    /// Nothing that counts.
    Nothing,
}

/// The stored types that tell something.
pub(super) const TELLING: [&str; 14] = [
    "session.started",
    "session.intake_classified",
    "session.step_presented",
    "session.paused",
    "session.resumed",
    "session.escalation_requested",
    "session.escalation_picked_up",
    "session.escalation_recalled",
    "session.escalation_expired",
    "session.handed_off",
    "session.resolved",
    "session.reopened",
    "session.abandoned",
    "session.rated",
];

impl Told {
    /// What an event tells.
    ///
    /// # Errors
    /// Its payload can't be opened, or lacks what is read of it.
    pub(super) fn by(event: &RecordedEvent) -> Result<Self, Unreadable> {
        // Of an unknown version even an event without fields may mean something else.
        event.payload.as_ref().map_err(Clone::clone)?;
        Ok(match event.event_type.as_str() {
            "session.started" => {
                let Started { opened_by: handler, team } = event.part()?;
                Self::Started { handler, team }
            }
            "session.intake_classified" => {
                let Classified { classification } = event.part()?;
                Self::Classified(classification.domain)
            }
            "session.step_presented" => {
                let Presented { step: Step { content, confidence, flow_node } } = event.part()?;
                if content.kind.is_answerable() {
                    Self::Step(confidence.tier(flow_node.is_some()))
                } else {
                    Self::Nothing
                }
            }
            "session.paused" => Self::Paused,
            "session.resumed" | "session.escalation_recalled" | "session.escalation_expired" => Self::Active,
            "session.escalation_requested" => Self::EscalationRequested,
            "session.escalation_picked_up" => {
                let PickedUp { by } = event.part()?;
                Self::PickedUp(by)
            }
            "session.handed_off" => Self::HandedOff,
            "session.abandoned" => Self::Abandoned,
            "session.resolved" => {
                let Resolved { rating } = event.part()?;
                Self::Resolved(rating)
            }
            "session.reopened" => Self::Reopened,
            "session.rated" => {
                let Rated { rating } = event.part()?;
                Self::Rated(rating)
            }
            _ => Self::Nothing,
        })
    }
}

#[derive(Deserialize)]
struct Started {
    opened_by: UserId,
    team: Option<TeamId>,
}

#[derive(Deserialize)]
struct Classified {
    classification: Classification,
}

#[derive(Deserialize)]
struct Classification {
    domain: ProblemDomain,
}

#[derive(Deserialize)]
struct Presented {
    step: Step,
}

#[derive(Deserialize)]
struct Step {
    content: Content,
    confidence: Confidence,
    flow_node: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Content {
    kind: StepKind,
}

#[derive(Deserialize)]
struct PickedUp {
    by: UserId,
}

#[derive(Deserialize)]
struct Resolved {
    rating: Option<u8>,
}

#[derive(Deserialize)]
struct Rated {
    rating: u8,
}
