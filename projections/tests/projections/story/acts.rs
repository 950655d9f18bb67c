//! What happens in a session: the command that a move stands for, as it makes sense where the session is.

use domain::access::{By, Caller};
use domain::id::{ConnectionId, EscalationId, RequestId, ScriptId, StepId, TemplateId, UserId};
use domain::session::command::{
    AnswerStep, AttachScript, DraftStep, FailStep, PickUp, Resolve, SessionAct, SessionCommand, StepText,
    TicketOutcome,
};
use domain::session::event::{
    EscalationEnriched, EscalationFailure, Failure, GenerationFailure, PickUpMode, TicketContext,
};
use domain::session::intake::RedactionTally;
use domain::session::step::Tokens;
use domain::session::view::SessionView;

use super::{Kind, contents};
use crate::msp::Msp;
use crate::world::{World, new_id};

/// None where nothing of this kind can be said, e.g. an answer where no step is open.
pub(super) async fn act(
    world: &World,
    msp: &Msp,
    view: &SessionView,
    kind: Kind,
    who: u8,
    detail: u8,
) -> Option<SessionCommand> {
    let anybody = &msp.people[usize::from(who) % msp.people.len()];
    let (by, act) = match kind {
        Kind::Ticket
        | Kind::Classify
        | Kind::Match
        | Kind::Present
        | Kind::PresentLate
        | Kind::Fail
        | Kind::Enrich
        | Kind::Expire
        | Kind::Release => (By::System, by_flowpilot(view, kind, detail)?),
        Kind::Abandon if !detail.is_multiple_of(2) => (By::System, SessionAct::Abandon),
        Kind::Recall | Kind::HandOff => {
            let escalator = person(msp, view.escalation()?.requested_by)?;
            let recall = SessionAct::RecallEscalation { request: RequestId(new_id()) };
            let hand_off = SessionAct::HandOff { to: "the vendor of NB-0417".into(), redactions: vec![] };
            (By::Member(escalator.clone()), if kind == Kind::Recall { recall } else { hand_off })
        }
        Kind::Note => {
            let text = format!("Blau und secret-7, note {detail}").into();
            let redactions = if detail.is_multiple_of(5) { vec![tally()] } else { vec![] };
            (By::Member(anybody.clone()), SessionAct::AddNote { step: StepId(new_id()), text, redactions })
        }
        Kind::PickUp => {
            let taker = msp.people.iter().find(|it| view.may_be_picked_up_by(it)).unwrap_or(anybody);
            let mode = if detail.is_multiple_of(2) { PickUpMode::Fresh } else { PickUpMode::Continue };
            let briefing = StepText { step: StepId(new_id()), text: "Locked out. Blau.".into() };
            let (context, request) = (Some("I know contoso".into()), RequestId(new_id()));
            (
                By::Member(taker.clone()),
                SessionAct::PickUp(PickUp { mode, context, briefing, request, redactions: vec![] }),
            )
        }
        Kind::Escalate => {
            let place = usize::from(who) % msp.people.len();
            let named = anybody.role.handles_sessions() && detail.is_multiple_of(2);
            let target = if named { Some(msp.target(world, place).await) } else { None };
            let reason = "Needs the domain controllers of contoso".into();
            let escalation = EscalationId(new_id());
            (
                By::Member(person(msp, view.handler)?.clone()),
                SessionAct::Escalate { escalation, reason, target, redactions: vec![] },
            )
        }
        kind => {
            // Now and then somebody tries whose business it is not.
            let handler = if who % 8 == 7 { anybody } else { person(msp, view.handler)? };
            (By::Member(handler.clone()), by_handler(msp, view, kind, detail)?)
        }
    };
    Some(SessionCommand { by, act })
}

fn by_handler(msp: &Msp, view: &SessionView, kind: Kind, detail: u8) -> Option<SessionAct> {
    let request = RequestId(new_id());
    Some(match kind {
        Kind::Answer => SessionAct::AnswerStep(AnswerStep {
            step: view.current?,
            answer: contents::answer(&view.current_step()?.to_step().content, detail),
            redactions: if detail.is_multiple_of(7) { vec![tally()] } else { vec![] },
            next_request: request,
        }),
        Kind::Retry => SessionAct::RetryStep { request },
        Kind::Link => SessionAct::LinkTicket {
            connection: ConnectionId(msp.account.0),
            ticket_id: format!("T-{}", detail % 5),
        },
        Kind::Script => SessionAct::AttachScript(AttachScript {
            script: ScriptId(new_id()),
            template: TemplateId(new_id()),
            template_version: 2,
            template_name: "List stored credentials".to_owned(),
            step: view.current,
            body: "cmdkey /list # secret-7".into(),
        }),
        Kind::Pause => SessionAct::Pause,
        Kind::Resume => SessionAct::Resume { request },
        Kind::Resolve => SessionAct::Resolve(Resolve {
            summary: "A stored credential on NB-0417".into(),
            action: Some("Deleted secret-7 with cmdkey".into()),
            rating: detail.is_multiple_of(2).then_some(4),
            feedback: detail.is_multiple_of(3).then(|| "Blau war der Rechner".into()),
            redactions: vec![],
        }),
        Kind::Abandon => SessionAct::Abandon,
        Kind::Reopen => SessionAct::Reopen { reason: "It came back".into(), request, redactions: vec![] },
        Kind::Rate => {
            SessionAct::Rate { rating: i32::from(detail % 5) + 1, feedback: None, redactions: vec![] }
        }
        Kind::Redact => SessionAct::Redact {
            text: contents::SECRETS[usize::from(detail) % contents::SECRETS.len()].into(),
            placeholder: "[REDACTED:password:0badcafe]".to_owned(),
            reason: "A password was pasted".into(),
        },
        _ => return None,
    })
}

fn by_flowpilot(view: &SessionView, kind: Kind, detail: u8) -> Option<SessionAct> {
    let request = RequestId(new_id());
    let escalation = view.escalation().map_or(EscalationId(new_id()), |latest| latest.id);
    Some(match kind {
        Kind::Ticket => ticket(detail),
        Kind::Classify => SessionAct::RecordClassification(contents::classified(detail)),
        Kind::Match => SessionAct::RecordMatch {
            matched: contents::matched(detail),
            analysis: Some(StepText {
                step: StepId(new_id()),
                text: "It looks like a lockout. Blau.".into(),
            }),
        },
        Kind::Present => {
            SessionAct::PresentStep { request: view.pending_request()?.request, step: step(detail) }
        }
        Kind::PresentLate => SessionAct::PresentStep { request, step: step(detail) },
        Kind::Fail => SessionAct::FailStep(FailStep {
            request: view.pending_request()?.request,
            reason: GenerationFailure::ProviderUnavailable,
            message: "The assistant can't be reached.".to_owned(),
            made_by: contents::maker(detail),
            tokens: contents::tokens(detail),
        }),
        Kind::Enrich if detail.is_multiple_of(2) => SessionAct::EnrichEscalation(EscalationEnriched {
            escalation,
            hypotheses: vec!["A stored credential on NB-0417".to_owned()].into(),
            next_steps: vec!["Read event 4740".to_owned()].into(),
            ruled_out: vec![].into(),
            tokens: contents::tokens(detail),
        }),
        Kind::Enrich => SessionAct::FailEnrichment(EscalationFailure {
            escalation,
            reason: "No answer".to_owned(),
            tokens: Tokens::default(),
        }),
        Kind::Expire => SessionAct::ExpireEscalation { escalation, request },
        Kind::Release => SessionAct::ReleaseEscalationTarget { escalation },
        _ => return None,
    })
}

fn person(msp: &Msp, user: UserId) -> Option<&Caller> {
    msp.people.iter().find(|it| it.user == user)
}

fn tally() -> RedactionTally {
    RedactionTally { kind: "password".to_owned(), count: 1 }
}

fn ticket(detail: u8) -> SessionAct {
    SessionAct::RecordTicketContext(if detail.is_multiple_of(2) {
        TicketOutcome::Captured(TicketContext {
            summary: "Locked out".into(),
            description: Some("secret-7 on NB-0417".into()),
            facts: vec!["Blau".to_owned()].into(),
            redactions: vec![tally()],
        })
    } else {
        TicketOutcome::Unavailable(Failure { reason: "The PSA does not answer.".to_owned() })
    })
}

fn step(detail: u8) -> DraftStep {
    DraftStep {
        id: StepId(new_id()),
        content: contents::step(detail),
        confidence: contents::confidence(detail),
        flow_node: contents::node(detail),
        made_by: contents::maker(detail),
        tokens: contents::tokens(detail),
        reasoning: Some("Because of secret-7.".into()),
    }
}
