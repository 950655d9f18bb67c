//! A year of an account's sessions, made up and the same each time: opened, classified, guided a few steps, closed.

use std::collections::BTreeMap;
use std::iter;

use chrono::{DateTime, TimeDelta, Utc};
use domain::account::event::{AccountEvent, AccountOpened, Quotas};
use domain::id::{AccountId, CommandId, CorrelationId, RequestId, StepId, UserId};
use domain::metadata::{Actor, Metadata};
use domain::problem::{Classification, ProblemDomain, Urgency};
use domain::recorded_event::{Position, RecordedEvent};
use domain::session::answer::Answer;
use domain::session::event::{
    IntakeClassified, RequestCause, SessionAbandoned, SessionEvent, SessionResolved, SessionStarted,
    StepAnswered, StepPresented, StepRequested,
};
use domain::session::intake::{Intake, IntakeType};
use domain::session::status::Confidence;
use domain::session::step::{ActionContent, MadeBy, Step, StepContent, Tokens};
use serde_json::Value;
use uuid::Uuid;

const YEAR: i64 = 365 * 24 * 60;

/// So many sessions of an account, evenly over the year before `end`.
pub(crate) struct Year {
    pub(crate) account: AccountId,
    pub(crate) sessions: i64,
    pub(crate) end: DateTime<Utc>,
}

impl Year {
    fn opening(&self) -> RecordedEvent {
        let opened = AccountEvent::Opened(AccountOpened {
            name: "Nord IT".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            quotas: Quotas::default(),
        });
        let payload = serde_json::to_value(&opened).unwrap();
        self.recorded(
            "account",
            self.account.0,
            1,
            (opened.stored_type(), opened.stored_version()),
            payload,
            0,
        )
    }

    /// All events in the order in which they were recorded: the opening, then sessions that meanwhile wait for their close.
    pub(crate) fn log(&self) -> impl Iterator<Item = RecordedEvent> {
        let mut open = BTreeMap::new();
        let sessions = (0..self.sessions).flat_map(move |number| {
            let mut events = self.session(number);
            let now = events[0].metadata.recorded_at;
            let still_open = open.split_off(&(now, 0));
            let mut log: Vec<_> = std::mem::replace(&mut open, still_open).into_values().collect();
            let close = events.pop().unwrap();
            open.insert((close.metadata.recorded_at, number), close);
            log.extend(events);
            if number + 1 == self.sessions {
                log.extend(std::mem::take(&mut open).into_values());
            }
            log
        });
        iter::once(self.opening()).chain(sessions)
    }

    fn session(&self, number: i64) -> Vec<RecordedEvent> {
        // Numbers without a pattern that a day or a domain could share.
        let chance = number.wrapping_mul(2_654_435_761).rem_euclid(1_000_003);
        let from = YEAR * number / self.sessions;
        let domain = ProblemDomain::ALL[usize::try_from(chance % 12).unwrap()];
        let mut events = vec![started(), classified(domain)];
        for ordinal in 0..3 {
            let step = StepId(Uuid::from_u128(ordinal.into()));
            events.extend([requested(ordinal), presented(ordinal), answered(step)]);
        }
        events.push(if chance % 5 == 0 {
            SessionEvent::Abandoned(SessionAbandoned::Idle)
        } else {
            resolved()
        });
        let last = events.len() - 1;
        let version_of = |at: usize| u64::try_from(at).unwrap() + 1;
        let id = Uuid::from_u128(self.account.0.as_u128() + u128::try_from(number).unwrap() + 1);
        events
            .into_iter()
            .enumerate()
            .map(|(at, event)| {
                let minutes = from + if at == last { 2 + chance * chance % 1_439 } else { 0 };
                let stored = (event.stored_type(), event.stored_version());
                let payload = serde_json::to_value(&event).unwrap();
                self.recorded("session", id, version_of(at), stored, payload, minutes)
            })
            .collect()
    }

    fn recorded(
        &self,
        aggregate: &str,
        id: Uuid,
        version: u64,
        (event_type, event_version): (&str, &str),
        payload: Value,
        minutes: i64,
    ) -> RecordedEvent {
        RecordedEvent {
            position: Position::START,
            aggregate_type: aggregate.to_owned(),
            aggregate_id: id,
            version,
            event_type: event_type.to_owned(),
            event_version: event_version.to_owned(),
            payload: Ok(payload),
            metadata: Metadata {
                account: self.account,
                actor: Actor::System,
                command: CommandId(Uuid::nil()),
                correlation: CorrelationId(Uuid::nil()),
                causation: None,
                recorded_at: self.end - TimeDelta::minutes(YEAR - minutes),
            },
        }
    }
}

fn started() -> SessionEvent {
    let intake = Intake {
        kind: IntakeType::FreeText,
        text: Some("Locked out".into()),
        log: None,
        attachments: vec![],
        ticket: None,
        redactions: vec![],
    };
    SessionEvent::Started(SessionStarted {
        opened_by: UserId(Uuid::nil()),
        team: None,
        intake,
        step_limit: 30,
    })
}

fn classified(domain: ProblemDomain) -> SessionEvent {
    SessionEvent::IntakeClassified(IntakeClassified {
        classification: Classification {
            summary: "Locked out".into(),
            domain,
            key_symptoms: vec![].into(),
            urgency: Urgency::Low,
        },
        fallback: false,
        made_by: MadeBy::Playbook,
        tokens: Tokens::default(),
    })
}

fn requested(ordinal: u32) -> SessionEvent {
    let request = RequestId(Uuid::from_u128(ordinal.into()));
    SessionEvent::StepRequested(StepRequested { request, cause: RequestCause::Start })
}

fn answered(step: StepId) -> SessionEvent {
    SessionEvent::StepAnswered(StepAnswered {
        step,
        answered_by: UserId(Uuid::nil()),
        answer: Answer::FreeText("The notebook, on the third floor".into()),
        redactions: vec![],
    })
}

fn presented(ordinal: u32) -> SessionEvent {
    let content = StepContent::InfoRequest(ActionContent {
        text: "Which computer?".into(),
        context_message: None,
        expected_outcome: None,
        checklist: vec![].into(),
        allow_free_text: true,
        allow_skip: true,
    });
    let step = Step {
        id: StepId(Uuid::from_u128(ordinal.into())),
        ordinal,
        content,
        confidence: Confidence::new(0.5),
        flow_node: None,
        made_by: MadeBy::Playbook,
        tokens: Tokens::default(),
        reasoning: None,
    };
    SessionEvent::StepPresented(StepPresented { request: None, step })
}

fn resolved() -> SessionEvent {
    SessionEvent::Resolved(SessionResolved {
        resolved_by: UserId(Uuid::nil()),
        summary: "Unlocked".into(),
        action: None,
        rating: Some(4),
        feedback: None,
        redactions: vec![],
    })
}
