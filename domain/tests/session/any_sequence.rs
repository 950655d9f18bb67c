//! Whatever is told to a session, in whatever order and by whomever: it never panics, and its invariants hold.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use chrono::DateTime;
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use domain::access::By;
use domain::id::{AccountId, CommandId, ConnectionId, CorrelationId, ScriptId, TemplateId};
use domain::metadata::{Actor, Metadata};
use domain::recorded_event::{Position, RecordedEvent};
use domain::session::answer::GivenAnswer;
use domain::session::command::{
    AnswerStep, AttachScript, FailStep, PickUp, SessionAct, SessionCommand, Start, StepText,
};
use domain::session::event::{
    EscalationEnriched, EscalationFailure, GenerationFailure, PickUpMode, SessionEvent,
};
use domain::session::status::SessionStatus;
use domain::session::step::{MadeBy, StepKind, Tokens};
use domain::session::view::SessionView;
use domain::session::{AssistantState, Session};
use proptest::prelude::*;
use uuid::Uuid;

use crate::people::{by, escalation, everybody, request, step, target};
use crate::story::{
    analysis, classified, content, draft, fold, free_text, matched, note, option, reopen, resolution, result,
};

/// One thing that is told, from small pools, so that ids meet again.
#[derive(Debug, Clone, Copy)]
struct Told {
    act: u8,
    who: usize,
    number: u128,
    /// Takes the step or request that the session waits for, and whoever handles it.
    fits: bool,
    flag: bool,
}

fn told() -> impl Strategy<Value = Told> {
    (0_u8..27, 0_usize..9, 0_u128..12, prop::bool::weighted(0.8), any::<bool>())
        .prop_map(|(act, who, number, fits, flag)| Told { act, who, number, fits, flag })
}

impl Told {
    fn command(self, session: &Session) -> SessionCommand {
        let act = self.act(session);
        SessionCommand { by: self.by(session, &act), act }
    }

    fn by(self, session: &Session, act: &SessionAct) -> By {
        let handler = everybody().into_iter().find(|caller| session.handler() == Some(caller.user));
        let told_by_flowpilot = matches!(
            act,
            SessionAct::PresentStep { .. }
                | SessionAct::RecordMatch { .. }
                | SessionAct::RecordClassification(_)
                | SessionAct::FailStep(_)
                | SessionAct::ExpireEscalation { .. }
                | SessionAct::ReleaseEscalationTarget { .. }
                | SessionAct::EnrichEscalation(_)
                | SessionAct::FailEnrichment(_)
        );
        match handler {
            _ if self.fits && told_by_flowpilot => By::System,
            Some(handler) if self.fits && !matches!(act, SessionAct::PickUp(_)) => by(handler),
            _ => everybody().get(self.who).cloned().map_or(By::System, by),
        }
    }

    fn act(self, session: &Session) -> SessionAct {
        let number = self.number;
        let fitting = self.fits;
        let pending = session.pending_request().filter(|_| fitting).unwrap_or(request(number));
        let open = session.open_step().filter(|_| fitting).map_or(step(number), |open| open.id);
        let latest = session.latest_escalation().filter(|_| fitting).unwrap_or(escalation(number));
        // Mostly fresh, so that stories get long.
        let fresh = step(u128::from(session.version()) * u128::from(fitting) * 100 + number);
        let briefing = StepText { step: fresh, text: "So far".into() };
        match self.act {
            0 | 1 => SessionAct::Start(Start {
                team: None,
                intake: free_text(if self.act == 0 { "x" } else { " " }),
                step_limit: 3,
                request: request(number),
            }),
            2 => classified(),
            3 => SessionAct::RecordMatch {
                matched: matched(if self.flag { 0.9 } else { 0.5 }),
                analysis: self.flag.then(|| analysis(number)),
            },
            4..=7 => {
                let mut drafted = draft(0, content(self.kind(), self.flag, self.flag));
                drafted.id = fresh;
                SessionAct::PresentStep { request: pending, step: drafted }
            }
            8 => SessionAct::FailStep(FailStep {
                request: pending,
                reason: GenerationFailure::Internal,
                message: "…".into(),
                made_by: MadeBy::Playbook,
                tokens: Tokens { input: u64::from(self.flag), output: 0, cached: 0, calls: 0 },
            }),
            9..=12 => SessionAct::AnswerStep(AnswerStep {
                step: open,
                answer: self.answer(session),
                redactions: vec![],
                next_request: request(number + 1),
            }),
            13 => SessionAct::RetryStep { request: request(number) },
            14 => note(number, "By the way"),
            15 => SessionAct::LinkTicket {
                connection: ConnectionId(Uuid::nil()),
                ticket_id: number.to_string(),
            },
            16 => SessionAct::AttachScript(AttachScript {
                script: ScriptId(Uuid::nil()),
                template: TemplateId(Uuid::nil()),
                template_version: 1,
                template_name: "x".into(),
                step: self.flag.then_some(open),
                body: "Get-Date".into(),
            }),
            17 => SessionAct::Pause,
            18 => SessionAct::Resume { request: request(number) },
            19 => SessionAct::Escalate {
                escalation: escalation(number),
                reason: "Out of ideas".into(),
                target: everybody()
                    .get(self.who)
                    .filter(|person| self.flag && person.role.handles_sessions())
                    .map(target),
                redactions: vec![],
            },
            20 => SessionAct::EnrichEscalation(EscalationEnriched {
                escalation: latest,
                hypotheses: vec![].into(),
                next_steps: vec![].into(),
                ruled_out: vec![].into(),
                tokens: Tokens::default(),
            }),
            21 => SessionAct::PickUp(PickUp {
                mode: if self.flag { PickUpMode::Fresh } else { PickUpMode::Continue },
                context: Some("I know them".into()).filter(|_| fitting),
                briefing,
                request: request(number),
                redactions: vec![],
            }),
            22 if self.flag => SessionAct::RecallEscalation { request: request(number) },
            22 => SessionAct::ExpireEscalation { escalation: latest, request: request(number) },
            23 if self.flag => SessionAct::ReleaseEscalationTarget { escalation: latest },
            23 => SessionAct::HandOff { to: "The vendor".into(), redactions: vec![] },
            24 if self.flag => SessionAct::Resolve(resolution("Solved it")),
            24 => SessionAct::Abandon,
            25 if self.flag => reopen(),
            25 => SessionAct::Rate { rating: 3, feedback: None, redactions: vec![] },
            _ if self.flag => SessionAct::Redact {
                text: "YES or yes".into(),
                placeholder: "[password]".into(),
                reason: "found".into(),
            },
            _ => SessionAct::FailEnrichment(EscalationFailure {
                escalation: latest,
                reason: "no answer".into(),
                tokens: Tokens::default(),
            }),
        }
    }

    fn kind(self) -> StepKind {
        const KINDS: [StepKind; 7] = [
            StepKind::Question,
            StepKind::Action,
            StepKind::Verification,
            StepKind::InfoRequest,
            StepKind::ScriptGeneration,
            StepKind::ResolutionSuggestion,
            StepKind::Note,
        ];
        KINDS[usize::try_from(self.number).expect("small") % KINDS.len()]
    }

    fn answer(self, session: &Session) -> GivenAnswer {
        match session.open_step().map(domain::session::step::Step::kind) {
            Some(StepKind::Question) if self.fits => option("yes"),
            Some(_) if self.fits => result(self.flag),
            _ if self.flag => GivenAnswer::FreeText("Only on Mondays".into()),
            _ => GivenAnswer::Skip,
        }
    }
}

/// Handles a command as the framework does. Nothing in it ever waits.
fn handle(session: &mut Session, command: SessionCommand) -> Vec<SessionEvent> {
    let sink = EventSink::default();
    let refused = now(session.handle(command, &(), &sink)).is_err();
    let events = now(sink.collect());
    assert!(!refused || events.is_empty(), "a refused command leaves events behind");
    events
}

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a decision waits for something"),
    }
}

fn recorded(version: u64, event: &SessionEvent) -> RecordedEvent {
    let id = Uuid::from_u128(1);
    RecordedEvent {
        position: Position(version.try_into().expect("small")),
        aggregate_type: Session::TYPE.into(),
        aggregate_id: id,
        version,
        event_type: event.stored_type().into(),
        event_version: event.stored_version().into(),
        payload: Ok(serde_json::to_value(event).expect("an event is JSON")),
        metadata: Metadata {
            account: AccountId(id),
            actor: Actor::System,
            command: CommandId(id),
            correlation: CorrelationId(id),
            causation: None,
            recorded_at: DateTime::UNIX_EPOCH,
        },
    }
}

fn check_invariants(session: &Session, events: &[SessionEvent]) {
    assert_eq!(session.version(), events.len() as u64);
    assert!(*session == fold(events), "what handling leaves behind is not what the events say");
    let stored = serde_json::to_value(session).expect("a session is JSON");
    let loaded: Session = serde_json::from_value(stored).expect("a stored session can be read");
    assert!(loaded == *session);

    let thinking = session.pending_request().is_some();
    assert_eq!(thinking, matches!(session.assistant(), AssistantState::Thinking(_)));
    assert!(!(thinking && session.open_step().is_some()), "a step is open and another is made");
    assert!(!thinking || session.status() == Some(SessionStatus::Active));
    let closed = session.status().is_some_and(SessionStatus::is_closed);
    assert!(!closed || session.open_step().is_none(), "a closed session has an open step");
    if let Some(open) = session.open_step() {
        assert!(open.kind().is_answerable());
        assert_eq!(session.answered_at(open.id), None);
    }
}

/// The read model's fold and the aggregate's are two: they must tell the same.
fn check_view(session: &Session, events: &[SessionEvent]) {
    let log: Vec<_> = (1..).zip(events).map(|(version, event)| recorded(version, event)).collect();
    let view = SessionView::fold(&log).expect("every event can be read");
    assert_eq!(view.is_some(), session.exists());
    let Some(view) = view else { return };
    assert_eq!(Some(view.status), session.status());
    assert_eq!(Some(view.handler), session.handler());
    assert_eq!(view.current, session.open_step().map(|open| open.id));
    assert_eq!(view.pending_request().map(|it| it.request), session.pending_request());
    assert_eq!((view.step_count, view.steps_left()), (session.step_count(), session.steps_left()));
    assert_eq!(view.tier, session.tier());
    for (place, step) in (0..).zip(&view.steps) {
        assert_eq!(step.ordinal, place, "steps are numbered without gaps");
    }
    for caller in everybody() {
        assert_eq!(view.visible_to(&caller), session.visible_to(&caller), "{:?}", caller.user);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_acts_keeps_the_invariants(acts in prop::collection::vec(told(), 1..80)) {
        let mut session = Session::default();
        let mut events = Vec::new();
        let opening = Told { act: 0, who: 0, number: 1, fits: false, flag: false };
        for told in std::iter::once(opening).chain(acts) {
            let command = told.command(&session);
            events.extend(handle(&mut session, command));
            check_invariants(&session, &events);
        }
        check_view(&session, &events);
    }
}
