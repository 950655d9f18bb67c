//! How each event changes a view. Nothing is decided here: what is recorded has happened.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    ActiveTime, AnswerView, AssistantView, ClassificationView, EscalationOutcome, EscalationView,
    GivenResult, Insight, IntakeView, MatchView, PendingRequest, ReopeningView, ResolutionView, ScriptView,
    SessionView, StepPart, StepView, TicketFacts, TicketView, ViewError,
    classification::kept_confidence,
    mask::{self, Mask},
};
use crate::id::{EscalationId, RequestId, SessionId, StepId, UserId};
use crate::recorded_event::RecordedEvent;
use crate::session::event::{
    ContentRedacted, EscalationPickedUp, EscalationRequested, ScriptAttached, SessionEvent, SessionReopened,
    SessionResolved, StepAnswered, StepPresented,
};
use crate::session::intake::{RedactionTally, TicketRef};
use crate::session::status::{Confidence, SessionStatus};
use crate::session::step::Tokens;

impl SessionView {
    /// The session after its first event.
    pub fn start(event: &RecordedEvent) -> Result<Self, ViewError> {
        let SessionEvent::Started(started) = event.decode()? else {
            return Err(ViewError::NotAStart(event.event_type.clone()));
        };
        let at = event.metadata.recorded_at;
        let mut view = Self {
            id: SessionId(event.aggregate_id),
            account: event.metadata.account,
            version: event.version,
            last_position: event.position,
            status: SessionStatus::Active,
            opened_by: started.opened_by,
            handler: started.opened_by,
            past_handlers: Vec::new(),
            team: started.team,
            intake: IntakeView::from(&started.intake),
            redactions: Vec::new(),
            classification: None,
            confidence: Confidence::default(),
            tier: Confidence::default().tier(false),
            matched: None,
            ticket: started.intake.ticket.clone(),
            ticket_context: TicketView::expected(&started.intake),
            assistant: AssistantView::Idle,
            steps: Vec::new(),
            current: None,
            step_count: 0,
            step_limit: started.step_limit,
            step_limit_reached: false,
            escalations: Vec::new(),
            resolution: None,
            follow_ups: Vec::new(),
            reopenings: Vec::new(),
            rating: None,
            feedback: None,
            scripts: Vec::new(),
            tokens: Tokens::default(),
            created_at: at,
            updated_at: at,
            closed_at: None,
            resolved_at: None,
            active: ActiveTime::started(at),
            masks: Vec::new(),
        };
        view.count_redactions(&started.intake.redactions);
        Ok(view)
    }

    /// The session after one more of its events; `event` is what `recorded` decodes to.
    pub fn apply(&mut self, recorded: &RecordedEvent, event: &SessionEvent) {
        self.version = recorded.version;
        self.last_position = recorded.position;
        self.updated_at = recorded.metadata.recorded_at;
        let masked = (!self.masks.is_empty()).then(|| mask::masked(event, &self.masks, self.id)).flatten();
        self.change(masked.as_ref().unwrap_or(event), recorded.metadata.recorded_at);
    }

    /// Masks what was found late in an event's payload, before that is shown.
    pub fn mask_payload(&self, payload: &mut Value) {
        mask::hide_in_personal(payload, &self.masks, self.id);
    }

    /// Masks the texts that were found late in a text that was taken from it before.
    pub fn mask_text(&self, text: &mut String) {
        self.masks.iter().for_each(|mask| mask.hide_in(text, self.id));
    }

    fn change(&mut self, event: &SessionEvent, at: DateTime<Utc>) {
        match event {
            // Only the first event starts a session, and start() took it.
            SessionEvent::Started(_) => {}
            SessionEvent::TicketContextCaptured(context) => {
                self.ticket_context = TicketView::Loaded(TicketFacts::from(context));
                self.count_redactions(&context.redactions);
            }
            SessionEvent::TicketContextUnavailable(failure) => {
                self.ticket_context = TicketView::Unavailable { reason: failure.reason.clone() };
            }
            SessionEvent::IntakeClassified(classified) => {
                self.classification = Some(ClassificationView::from(classified));
                self.count_tokens(classified.tokens);
            }
            SessionEvent::FlowMatched(matched) => self.matched = Some(MatchView::from(matched)),
            SessionEvent::StepRequested(it) => {
                self.assistant =
                    AssistantView::Thinking(PendingRequest { request: it.request, cause: it.cause });
            }
            SessionEvent::StepPresented(presented) => self.present(presented, at),
            SessionEvent::StepGenerationFailed(failed) => {
                self.count_tokens(failed.tokens);
                if self.awaits(failed.request) {
                    self.assistant =
                        AssistantView::Failed { reason: failed.reason, message: failed.message.clone() };
                }
            }
            SessionEvent::StepDiscarded(discarded) => self.count_tokens(discarded.tokens),
            SessionEvent::StepAnswered(answered) => self.answer(answered, at),
            SessionEvent::StepSuperseded(superseded) => {
                self.close_step(superseded.step, |step| step.superseded_at = Some(at));
            }
            SessionEvent::NoteAdded(note) => {
                self.steps.push(Arc::new(StepView::note(note, at)));
                self.count_redactions(&note.redactions);
            }
            SessionEvent::ScriptAttached(attached) => self.scripts.push(script(attached, at)),
            SessionEvent::TicketLinked(linked) => {
                self.ticket = Some(TicketRef {
                    connection: Some(linked.connection),
                    ticket_id: linked.ticket_id.clone(),
                });
            }
            SessionEvent::Paused(_) => {
                self.stand_still(SessionStatus::Paused);
                self.active.stop(at);
            }
            SessionEvent::Resumed(_) => self.activate(at),
            SessionEvent::EscalationRequested(requested) => self.escalate(requested, at),
            SessionEvent::EscalationEnriched(enriched) => {
                self.count_tokens(enriched.tokens);
                self.change_escalation(enriched.escalation, |it| {
                    it.insight = Insight::Completed {
                        hypotheses: enriched.hypotheses.to_vec(),
                        next_steps: enriched.next_steps.to_vec(),
                        ruled_out: enriched.ruled_out.to_vec(),
                    };
                });
            }
            SessionEvent::EscalationEnrichmentFailed(failed) => {
                self.count_tokens(failed.tokens);
                self.change_escalation(failed.escalation, |it| {
                    it.insight = Insight::Failed { reason: failed.reason.clone() };
                });
            }
            SessionEvent::EscalationTargetReleased(it) => {
                self.change_escalation(it.escalation, |it| it.target = None);
            }
            SessionEvent::EscalationPickedUp(picked_up) => self.pick_up(picked_up, at),
            SessionEvent::EscalationRecalled(it) => {
                self.change_escalation(it.escalation, |it| it.outcome = EscalationOutcome::Recalled { at });
                self.activate(at);
            }
            SessionEvent::EscalationExpired(it) => {
                self.change_escalation(it.escalation, |it| it.outcome = EscalationOutcome::Expired { at });
                self.activate(at);
            }
            SessionEvent::HandedOff(handed) => {
                self.count_redactions(&handed.redactions);
                let to = handed.to.to_string();
                self.change_escalation(handed.escalation, |it| {
                    it.outcome = EscalationOutcome::HandedOff { at, to };
                });
                self.close(SessionStatus::Escalated, at);
            }
            SessionEvent::StepLimitReached(_) => {
                self.step_limit_reached = true;
                self.assistant = AssistantView::Idle;
            }
            SessionEvent::Resolved(resolved) => self.resolve(resolved, at),
            SessionEvent::Reopened(reopened) => self.reopen(reopened, at),
            SessionEvent::Abandoned(_) => self.close(SessionStatus::Abandoned, at),
            SessionEvent::Rated(rated) => {
                self.count_redactions(&rated.redactions);
                self.rate(Some(rated.rating), rated.feedback.as_deref());
            }
            SessionEvent::ContentRedacted(redacted) => self.redact(redacted),
        }
    }

    fn present(&mut self, presented: &StepPresented, at: DateTime<Utc>) {
        let step = StepView::presented(&presented.step, at);
        self.count_tokens(step.tokens);
        if presented.request.is_some_and(|request| self.awaits(request)) {
            self.assistant = AssistantView::Idle;
        }
        if step.kind().is_answerable() {
            self.step_count += 1;
            self.current = Some(step.id);
            self.confidence = kept_confidence(step.confidence);
            self.tier = step.tier;
        }
        self.steps.push(Arc::new(step));
    }

    fn answer(&mut self, answered: &StepAnswered, at: DateTime<Utc>) {
        let given = GivenResult::from(&answered.answer);
        let succeeded = matches!(given, GivenResult::ActionResult { succeeded: true, .. });
        self.close_step(answered.step, |step| {
            step.answer = Some(AnswerView { answered_by: answered.answered_by, given });
            step.answered_at = Some(at);
        });
        self.count_redactions(&answered.redactions);
        if succeeded
            && let Some(StepPart::ResolutionSuggestion { follow_ups, .. }) =
                self.steps.iter().find(|step| step.id == answered.step).map(|step| &step.part)
        {
            self.follow_ups.clone_from(follow_ups);
        }
    }

    fn escalate(&mut self, requested: &EscalationRequested, at: DateTime<Utc>) {
        self.count_redactions(&requested.redactions);
        self.stand_still(SessionStatus::RequestingEscalation);
        // Time spent waiting for pick-up counts, also when the session was paused before.
        self.active.run(at);
        let tried = self.steps.iter().filter(|step| step.answer.is_some()).map(|step| step.id).collect();
        self.escalations.push(EscalationView {
            id: requested.escalation,
            reason: requested.reason.to_string(),
            requested_by: requested.requested_by,
            target: requested.target,
            requested_at: at,
            confidence: kept_confidence(requested.confidence),
            tried,
            outcome: EscalationOutcome::Waiting,
            insight: Insight::Pending,
        });
    }

    fn pick_up(&mut self, picked_up: &EscalationPickedUp, at: DateTime<Utc>) {
        self.count_redactions(&picked_up.redactions);
        self.change_escalation(picked_up.escalation, |it| {
            it.outcome = EscalationOutcome::PickedUp {
                by: picked_up.by,
                at,
                mode: picked_up.mode,
                context: picked_up.context.as_deref().cloned(),
            };
        });
        self.hand_to(picked_up.by);
        self.activate(at);
    }

    fn hand_to(&mut self, handler: UserId) {
        let before = std::mem::replace(&mut self.handler, handler);
        if before != handler && !self.past_handlers.contains(&before) {
            self.past_handlers.push(before);
        }
    }

    fn resolve(&mut self, resolved: &SessionResolved, at: DateTime<Utc>) {
        self.count_redactions(&resolved.redactions);
        self.resolution = Some(ResolutionView {
            summary: resolved.summary.to_string(),
            action: resolved.action.as_deref().cloned(),
            resolved_by: resolved.resolved_by,
            resolved_at: at,
        });
        self.rate(resolved.rating, resolved.feedback.as_deref());
        self.close(SessionStatus::Resolved, at);
        self.resolved_at = Some(at);
    }

    fn reopen(&mut self, reopened: &SessionReopened, at: DateTime<Utc>) {
        self.count_redactions(&reopened.redactions);
        self.reopenings.push(ReopeningView {
            by: reopened.by,
            at,
            reason: reopened.reason.to_string(),
            earlier: self.resolution.take(),
        });
        self.follow_ups.clear();
        self.closed_at = None;
        self.resolved_at = None;
        self.activate(at);
    }

    fn rate(&mut self, rating: Option<u8>, feedback: Option<&String>) {
        self.rating = rating.or(self.rating);
        self.feedback = feedback.cloned().or(self.feedback.take());
    }

    fn redact(&mut self, redacted: &ContentRedacted) {
        self.count_redactions(&[RedactionTally { kind: "manual".to_owned(), count: 1 }]);
        let Some(mask) = Mask::new(redacted, self.id) else { return };
        let text = redacted.text.as_str();
        self.each_text(&mut |kept| {
            if kept.contains(text) {
                *kept = kept.replace(text, &redacted.placeholder);
            }
        });
        // An excerpt that ends within the text would keep a part of it.
        if let Some(content) = &self.intake.content {
            self.intake.excerpt = content.excerpt();
        }
        self.masks.push(mask);
    }

    fn activate(&mut self, at: DateTime<Utc>) {
        self.status = SessionStatus::Active;
        self.active.run(at);
    }

    /// A step that is being made comes too late from now on (2.12); an open one stays.
    fn stand_still(&mut self, status: SessionStatus) {
        self.status = status;
        self.assistant = AssistantView::Idle;
    }

    fn close(&mut self, status: SessionStatus, at: DateTime<Utc>) {
        self.stand_still(status);
        self.closed_at = Some(at);
        self.active.stop(at);
    }

    fn close_step(&mut self, id: StepId, change: impl FnOnce(&mut StepView)) {
        if self.current == Some(id) {
            self.current = None;
        }
        if let Some(step) = self.steps.iter_mut().find(|step| step.id == id) {
            change(Arc::make_mut(step));
        }
    }

    fn change_escalation(&mut self, id: EscalationId, change: impl FnOnce(&mut EscalationView)) {
        if let Some(escalation) = self.escalations.iter_mut().find(|it| it.id == id) {
            change(escalation);
        }
    }

    fn awaits(&self, request: RequestId) -> bool {
        self.pending_request().is_some_and(|pending| pending.request == request)
    }

    fn count_tokens(&mut self, tokens: Tokens) {
        self.tokens.input += tokens.input;
        self.tokens.output += tokens.output;
        self.tokens.cached += tokens.cached;
        self.tokens.calls += tokens.calls;
    }

    fn count_redactions(&mut self, tallies: &[RedactionTally]) {
        for tally in tallies {
            match self.redactions.binary_search_by(|it| it.kind.cmp(&tally.kind)) {
                Ok(at) => self.redactions[at].count += tally.count,
                Err(at) => self.redactions.insert(at, tally.clone()),
            }
        }
    }
}

fn script(attached: &ScriptAttached, at: DateTime<Utc>) -> ScriptView {
    ScriptView {
        id: attached.script,
        template: attached.template,
        template_version: attached.template_version,
        template_name: attached.template_name.clone(),
        step: attached.step,
        generated_by: attached.generated_by,
        generated_at: at,
        body: attached.body.to_string(),
    }
}
