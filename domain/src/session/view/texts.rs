//! Every text that a view keeps, so that none is forgotten when one has to be masked.

use std::sync::Arc;

use super::mask::each_string;
use super::{
    AssistantView, EscalationOutcome, EscalationView, GivenResult, Insight, MatchView, OptionView,
    ResolutionView, SessionView, StepPart, StepView, TicketView,
};

impl SessionView {
    /// Changes every text that may hold something pasted.
    pub(super) fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        self.intake.attachments.iter_mut().for_each(|it| change(&mut it.file_name));
        if let Some(content) = &mut self.intake.content {
            content.text.iter_mut().chain(&mut content.log).for_each(&mut *change);
        }
        self.intake.excerpt.iter_mut().for_each(&mut *change);
        if let Some(it) = &mut self.classification {
            change(&mut it.summary);
            it.key_symptoms.iter_mut().for_each(&mut *change);
        }
        if let Some(MatchView { candidates, .. }) = &mut self.matched {
            candidates.iter_mut().map(|it| &mut it.reason).for_each(&mut *change);
        }
        match &mut self.ticket_context {
            TicketView::Loaded(facts) => {
                change(&mut facts.summary);
                facts.description.iter_mut().chain(&mut facts.facts).for_each(&mut *change);
            }
            TicketView::Unavailable { reason } => change(reason),
            TicketView::None | TicketView::Pending => {}
        }
        if let AssistantView::Failed { message, .. } = &mut self.assistant {
            change(message);
        }
        self.steps.iter_mut().for_each(|step| step_texts(Arc::make_mut(step), change));
        self.escalations.iter_mut().for_each(|it| escalation_texts(it, change));
        self.resolution.iter_mut().for_each(|it| resolution_texts(it, change));
        self.follow_ups.iter_mut().for_each(&mut *change);
        for it in &mut self.reopenings {
            change(&mut it.reason);
            it.earlier.iter_mut().for_each(|earlier| resolution_texts(earlier, change));
        }
        self.feedback.iter_mut().for_each(&mut *change);
        self.scripts.iter_mut().for_each(|it| change(&mut it.body));
    }
}

fn step_texts(step: &mut StepView, change: &mut impl FnMut(&mut String)) {
    change(&mut step.text);
    step.context_message.iter_mut().chain(&mut step.reasoning).for_each(&mut *change);
    match &mut step.part {
        StepPart::Question { options } => options.iter_mut().for_each(|it| option_texts(it, change)),
        StepPart::Action(part) | StepPart::Verification(part) | StepPart::InfoRequest(part) => {
            part.expected_outcome.iter_mut().chain(&mut part.checklist).for_each(&mut *change);
        }
        StepPart::ScriptGeneration { instructions, prefilled, .. } => {
            instructions.iter_mut().for_each(&mut *change);
            each_string(prefilled, change);
        }
        StepPart::ResolutionSuggestion { summary, follow_ups } => {
            change(summary);
            follow_ups.iter_mut().for_each(&mut *change);
        }
        StepPart::Briefing { .. } | StepPart::IntakeAnalysis | StepPart::Note { .. } => {}
    }
    match step.answer.as_mut().map(|answer| &mut answer.given) {
        Some(GivenResult::Option(option)) => option_texts(option, change),
        Some(GivenResult::FreeText(text)) => change(text),
        Some(GivenResult::ActionResult { details, next_hint, .. }) => {
            details.iter_mut().chain(next_hint).for_each(&mut *change);
        }
        Some(GivenResult::Skipped) | None => {}
    }
}

fn option_texts(option: &mut OptionView, change: &mut impl FnMut(&mut String)) {
    change(&mut option.label);
    change(&mut option.value);
    option.followup_hint.iter_mut().for_each(change);
}

fn escalation_texts(it: &mut EscalationView, change: &mut impl FnMut(&mut String)) {
    change(&mut it.reason);
    match &mut it.outcome {
        EscalationOutcome::PickedUp { context, .. } => context.iter_mut().for_each(&mut *change),
        EscalationOutcome::HandedOff { to, .. } => change(to),
        EscalationOutcome::Waiting
        | EscalationOutcome::Recalled { .. }
        | EscalationOutcome::Expired { .. } => {}
    }
    match &mut it.insight {
        Insight::Completed { hypotheses, next_steps, ruled_out } => {
            hypotheses.iter_mut().chain(next_steps).chain(ruled_out).for_each(change);
        }
        Insight::Failed { reason } => change(reason),
        Insight::Pending => {}
    }
}

fn resolution_texts(it: &mut ResolutionView, change: &mut impl FnMut(&mut String)) {
    change(&mut it.summary);
    it.action.iter_mut().for_each(change);
}
