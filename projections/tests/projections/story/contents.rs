//! What intakes, steps and answers of a random history say.

use domain::id::{AttachmentId, FlowId, TemplateId};
use domain::problem::{Classification, ProblemDomain, Urgency};
use domain::session::answer::{ActionResult, GivenAnswer};
use domain::session::event::{ChosenFlow, FlowMatched, IntakeClassified, MatchCandidate};
use domain::session::intake::{AttachmentRef, Intake, IntakeType, RedactionTally, TicketRef};
use domain::session::status::Confidence;
use domain::session::step::{ActionContent, FlowNodeRef, MadeBy, StepContent, StepOption, Tokens};
use serde_json::json;
use uuid::Uuid;

/// Words that stand in many texts and are sometimes found late to be secret.
pub(super) const SECRETS: [&str; 4] = ["secret-7", "NB-0417", "contoso", "Blau"];

pub(super) fn intake(detail: u8) -> Intake {
    let text = format!(
        "Frau Yılmaz is locked out again, \"NB-0417\"\\contoso: secret-7 {} {}",
        "every 20 minutes ".repeat(usize::from(detail)),
        '\u{1F512}'
    );
    let log = format!("Blau\r\nERROR 0x80070005 at dc01.contoso.local\t{detail}");
    let attachment = AttachmentRef {
        id: AttachmentId(Uuid::from_u128(u128::from(detail))),
        file_name: "contoso.png".into(),
        media_type: "image/png".to_owned(),
        size_bytes: 99,
    };
    Intake {
        kind: IntakeType::Combined,
        text: (detail % 4 != 3).then(|| text.into()),
        log: (!detail.is_multiple_of(3) || detail % 4 == 3).then(|| log.into()),
        attachments: if detail.is_multiple_of(5) { vec![attachment] } else { vec![] },
        ticket: detail
            .is_multiple_of(2)
            .then(|| TicketRef { connection: None, ticket_id: format!("T-{detail}") }),
        redactions: vec![RedactionTally { kind: "token".to_owned(), count: u32::from(detail % 3) }],
    }
}

pub(super) fn classified(detail: u8) -> IntakeClassified {
    IntakeClassified {
        classification: Classification {
            summary: format!("Account of contoso locks, case {detail}").into(),
            domain: ProblemDomain::ALL[usize::from(detail) % 12],
            key_symptoms: vec!["Locked out".to_owned(), "NB-0417".to_owned()].into(),
            urgency: Urgency::High,
        },
        fallback: detail.is_multiple_of(9),
        made_by: maker(detail),
        tokens: tokens(detail),
    }
}

pub(super) fn flow(detail: u8) -> FlowId {
    FlowId(Uuid::from_u128(u128::from(detail % 3) + 1))
}

pub(super) fn matched(detail: u8) -> FlowMatched {
    let score = f64::from(detail) / 255.0;
    FlowMatched {
        candidates: vec![MatchCandidate {
            flow: flow(detail),
            version: 1,
            name: "Account lockout source".to_owned(),
            score,
            semantic: None,
            keyword: Some(score / 3.0),
            recency: None,
            same_domain: true,
            reason: "It shares “contoso”.".into(),
        }],
        chosen: (!detail.is_multiple_of(4)).then(|| ChosenFlow {
            flow: flow(detail),
            version: 1,
            score: Confidence::new(score),
        }),
        policy_version: 1,
        declined: detail.is_multiple_of(8),
    }
}

pub(super) fn confidence(detail: u8) -> Confidence {
    Confidence::new(f64::from(detail) / 230.0)
}

pub(super) fn node(detail: u8) -> Option<FlowNodeRef> {
    detail.is_multiple_of(2).then(|| FlowNodeRef {
        flow: flow(detail),
        version: 1,
        node: format!("n{detail}"),
    })
}

pub(super) fn maker(detail: u8) -> MadeBy {
    if detail.is_multiple_of(2) {
        MadeBy::Playbook
    } else {
        MadeBy::Model { provider: "openai".to_owned(), model: "local".to_owned() }
    }
}

pub(super) fn tokens(detail: u8) -> Tokens {
    if detail.is_multiple_of(2) {
        Tokens::default()
    } else {
        Tokens { input: u64::from(detail), output: 7, cached: 3, calls: u32::from(detail % 4) }
    }
}

pub(super) fn step(detail: u8) -> StepContent {
    let action = ActionContent {
        text: "Look at NB-0417 for secret-7".into(),
        context_message: Some("Blau".into()),
        expected_outcome: None,
        checklist: vec!["Open the event viewer".to_owned()].into(),
        allow_free_text: true,
        allow_skip: detail.is_multiple_of(2),
    };
    match detail % 6 {
        0 | 1 => StepContent::Question {
            text: "Since when, Blau or not?".into(),
            context_message: None,
            options: vec![option("Since today"), option("For weeks at contoso")],
            allow_free_text: true,
            allow_skip: true,
        },
        2 => StepContent::Action(action),
        3 => StepContent::Verification(action),
        4 => StepContent::ScriptGeneration {
            text: "Run this".into(),
            context_message: None,
            instructions: None,
            template: TemplateId(Uuid::from_u128(7)),
            prefilled: domain::personal::Personal::new(json!({ "host": "NB-0417", "count": 3 })),
            allow_free_text: true,
            allow_skip: true,
        },
        _ => StepContent::ResolutionSuggestion {
            text: "Delete secret-7".into(),
            context_message: None,
            summary: "A stored credential".into(),
            follow_ups: vec!["Watch NB-0417 for a day".to_owned()].into(),
        },
    }
}

fn option(label: &str) -> StepOption {
    StepOption {
        label: label.into(),
        value: label.to_lowercase().into(),
        followup_hint: None,
        leads_to: Some("n1".to_owned()),
    }
}

pub(super) fn answer(to: &StepContent, detail: u8) -> GivenAnswer {
    match (to.options().first(), detail % 4) {
        (Some(option), 0 | 1) => GivenAnswer::Option(option.value.to_string()),
        (_, 2) => GivenAnswer::FreeText("Seit gestern, secret-7".to_owned()),
        (_, 3) => GivenAnswer::Skip,
        _ => GivenAnswer::ActionResult(ActionResult {
            succeeded: detail.is_multiple_of(2),
            details: Some("Caller computer: NB-0417".into()),
            next_hint: None,
        }),
    }
}
