//! Escalations: why someone else should take a session, what they get to know, and what became of it.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use domain::id::{EscalationId, UserId};
use domain::session::analysis::steps_tried;
use domain::session::view::{EscalationOutcome, EscalationView, Insight, SessionView};

use super::documentation::DocumentationStep;
use crate::graphql::account::User;
use crate::graphql::limits::list_cost;
use crate::graphql::scalar::DateTime;
use crate::graphql::vocabulary::{AnalysisStatus, PickUpMode};

/// A call for someone else to take a session, with all that they should know.
#[derive(Clone)]
pub struct Escalation {
    session: Arc<SessionView>,
    escalation: EscalationView,
}

impl Escalation {
    /// All of a session's, oldest first.
    pub(super) fn all(session: &Arc<SessionView>) -> Vec<Self> {
        let all = session.escalations.iter().cloned();
        all.map(|escalation| Self { session: session.clone(), escalation }).collect()
    }

    /// The one of this id.
    pub(super) fn of(session: &Arc<SessionView>, id: EscalationId) -> Option<Self> {
        let escalation = session.escalations.iter().find(|escalation| escalation.id == id)?.clone();
        Some(Self { session: session.clone(), escalation })
    }

    fn picked_up(&self) -> Option<PickUp<'_>> {
        match &self.escalation.outcome {
            EscalationOutcome::PickedUp { by, at, mode, context } => {
                Some(PickUp { by: *by, at: *at, mode: *mode, context: context.as_deref() })
            }
            EscalationOutcome::Waiting
            | EscalationOutcome::Recalled { .. }
            | EscalationOutcome::Expired { .. }
            | EscalationOutcome::HandedOff { .. } => None,
        }
    }
}

struct PickUp<'a> {
    by: UserId,
    at: chrono::DateTime<chrono::Utc>,
    mode: domain::session::event::PickUpMode,
    context: Option<&'a str>,
}

/// A call for someone else to take a session, with all that they should know.
#[Object]
impl Escalation {
    /// Why.
    async fn reason(&self) -> &str {
        &self.escalation.reason
    }

    /// Who asked.
    async fn requested_by(&self, ctx: &Context<'_>) -> Result<User> {
        User::named(ctx, self.escalation.requested_by).await
    }

    /// Who should take it; null if whoever may.
    async fn target(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named_if(ctx, self.escalation.target).await
    }

    /// When.
    async fn requested_at(&self) -> DateTime {
        self.escalation.requested_at.into()
    }

    /// How sure the assistant was then.
    async fn confidence_at_escalation(&self) -> f64 {
        self.escalation.confidence.score()
    }

    /// Who took it.
    async fn picked_up_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named_if(ctx, self.picked_up().map(|it| it.by)).await
    }

    /// When they took it.
    async fn picked_up_at(&self) -> Option<DateTime> {
        self.picked_up().map(|it| it.at.into())
    }

    /// How they went on.
    async fn pick_up_mode(&self) -> Option<PickUpMode> {
        self.picked_up().map(|it| it.mode.into())
    }

    /// What they knew already.
    async fn pick_up_context(&self) -> Option<&str> {
        self.picked_up().and_then(|it| it.context)
    }

    /// Whether the assistant has added its insight.
    async fn insight(&self) -> AnalysisStatus {
        match self.escalation.insight {
            Insight::Pending => AnalysisStatus::Pending,
            Insight::Completed { .. } => AnalysisStatus::Completed,
            Insight::Failed { .. } => AnalysisStatus::Failed,
        }
    }

    /// The steps that were answered by then.
    #[graphql(complexity = "list_cost(None, child_complexity)")]
    async fn steps_tried(&self) -> Vec<DocumentationStep> {
        let tried = steps_tried(&self.session, &self.escalation);
        tried.into_iter().map(DocumentationStep::from).collect()
    }

    /// What may still be the cause.
    async fn remaining_hypotheses(&self) -> &[String] {
        self.escalation.insight.parts().0
    }

    /// What to do next.
    async fn suggested_next_steps(&self) -> &[String] {
        self.escalation.insight.parts().1
    }

    /// What is ruled out.
    async fn steps_ruled_out(&self) -> &[String] {
        self.escalation.insight.parts().2
    }
}
