//! Sessions in memory without the steps that are over: hardly any event looks at those, and they are most of a session.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use domain::id::{StepId, UserId};
use domain::session::event::SessionEvent;
use domain::session::status::{Confidence, ConfidenceTier};
use domain::session::step::{MadeBy, Tokens};
use domain::session::view::{SessionView, StepPart, StepView};
use uuid::Uuid;

/// Stands where a step was left out. All places share it, so that it is never taken for a step that changed, and never
/// stored.
static LEFT_OUT: LazyLock<Arc<StepView>> = LazyLock::new(|| {
    Arc::new(StepView {
        id: StepId(Uuid::nil()),
        ordinal: 0,
        text: String::new(),
        context_message: None,
        allow_free_text: false,
        allow_skip: false,
        part: StepPart::Note { author: UserId(Uuid::nil()) },
        confidence: Confidence::default(),
        tier: ConfidenceTier::Discovery,
        flow_node: None,
        made_by: MadeBy::Person(UserId(Uuid::nil())),
        tokens: Tokens::default(),
        reasoning: None,
        presented_at: chrono::DateTime::UNIX_EPOCH,
        answer: None,
        answered_at: None,
        superseded_at: None,
    })
});

/// Leaves the steps out that wait for nothing any more.
pub(super) fn lighten(view: &mut SessionView) {
    for step in &mut view.steps {
        if !is_open(step) {
            *step = LEFT_OUT.clone();
        }
    }
}

/// So many steps, of which none is there but the open one at its place.
pub(super) fn steps(count: usize, open: Option<(usize, StepView)>) -> Vec<Arc<StepView>> {
    let mut steps = vec![LEFT_OUT.clone(); count];
    if let Some((place, open)) = open
        && let Some(step) = steps.get_mut(place)
    {
        *step = Arc::new(open);
    }
    steps
}

/// Whether a session without the steps that are over can go on with these events of it.
pub(super) fn suffices(view: &SessionView, events: &[&SessionEvent]) -> bool {
    let mut there: HashSet<StepId> =
        view.steps.iter().filter(|step| is_open(step)).map(|step| step.id).collect();
    for event in events {
        match event {
            SessionEvent::StepPresented(presented) => drop(there.insert(presented.step.id)),
            SessionEvent::StepAnswered(answered) if !there.contains(&answered.step) => return false,
            SessionEvent::StepSuperseded(superseded) if !there.contains(&superseded.step) => return false,
            // They look at every step: what was tried, and what is hidden.
            SessionEvent::EscalationRequested(_) | SessionEvent::ContentRedacted(_) => return false,
            _ => {}
        }
    }
    true
}

fn is_open(step: &StepView) -> bool {
    step.kind().is_answerable() && step.answered_at.is_none() && step.superseded_at.is_none()
}
