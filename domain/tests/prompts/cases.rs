//! Cases that prompts are made of: a first step, a late one, an intake to classify.

use std::fmt::Write;

use domain::assistant::case::{Case, GuidingFlow, PastStep};
use domain::assistant::prompting::ScriptOffer;
use domain::flow::library::{LibraryFlow, starter_flows};
use domain::id::{AttachmentId, EscalationId, FlowId, StepId, TemplateId, UserId};
use domain::matching::MatchableFlow;
use domain::problem::{Classification, ProblemDomain, Urgency};
use domain::script::library::starter_scripts;
use domain::session::answer::{ActionResult, Answer};
use domain::session::event::TicketContext;
use domain::session::intake::{AttachmentRef, Intake, IntakeType};
use domain::session::status::Confidence;
use domain::session::step::{ActionContent, FlowNodeRef, MadeBy, Step, StepContent, StepOption, Tokens};
use uuid::Uuid;

/// What a team's admin wrote.
pub(super) const TEAM_CONTEXT: &str = "Customer: Berger Logistik, sites Ulm and Graz. Computers are named <site>-<department>-<number>,
e.g. ULM-ACC-014. Domain: berger.local, PDC emulator: ULM-DC-01. Changes to firewalls need a written consent.";

/// A few words, nothing else known, no flow.
pub(super) fn first() -> Case {
    Case {
        intake: Intake {
            kind: IntakeType::FreeText,
            text: Some("The label printer in the warehouse prints every second label blank since Monday.\nNobody changed anything, they say.".into()),
            log: None,
            attachments: vec![],
            ticket: None,
            redactions: vec![],
        },
        ticket: None,
        classification: Some(Classification {
            summary: "Label printer in the warehouse prints every second label blank since Monday".into(),
            domain: ProblemDomain::Printing,
            key_symptoms: vec!["every second label blank".to_owned(), "since Monday".to_owned()].into(),
            urgency: Urgency::Medium,
        }),
        flow: None,
        close: vec![],
        history: vec![],
        steps_left: 30,
    }
}

/// A ticket that a flow fits, before its first step.
pub(super) fn on_a_flow() -> Case {
    Case {
        intake: Intake {
            kind: IntakeType::PsaTicket,
            text: Some("Anna Berger in accounting is locked out again, about every twenty minutes, since she changed her password.".into()),
            ..first().intake
        },
        ticket: Some(TicketContext {
            summary: "Locked out every twenty minutes".into(),
            description: Some("Hi,\nI can't work. Windows says <the referenced account is currently locked out> & month end is tomorrow.\nAnna".into()),
            facts: vec!["Company: Berger Logistik".to_owned(), "Priority: 2".to_owned()].into(),
            redactions: vec![],
        }),
        classification: Some(Classification {
            summary: "Anna Berger is locked out every twenty minutes since her password change".into(),
            domain: ProblemDomain::ActiveDirectory,
            key_symptoms: vec!["locked out every twenty minutes".to_owned(), "since she changed her password".to_owned()].into(),
            urgency: Urgency::High,
        }),
        flow: Some(lockout()),
        ..first()
    }
}

/// The same further on: with a long log, a screenshot's name, notes, a change of hands, and every kind of answer.
pub(super) fn late() -> Case {
    let mut case = on_a_flow();
    case.intake.kind = IntakeType::Combined;
    case.intake.log = Some(long_log().into());
    case.intake.attachments = vec![AttachmentRef {
        id: AttachmentId(Uuid::from_u128(9)),
        file_name: "lockout.png".into(),
        media_type: "image/png".to_owned(),
        size_bytes: 48_213,
    }];
    case.history = course();
    case.steps_left = 3;
    case
}

fn course() -> Vec<PastStep> {
    let action = |text: &str| ActionContent {
        text: text.into(),
        context_message: Some("The caller computer sends the old password.".into()),
        expected_outcome: Some("An event 4740 names the caller computer.".into()),
        checklist: vec!["Open Event Viewer on ULM-DC-01".to_owned(), "Security log, filter 4740".to_owned()]
            .into(),
        allow_free_text: true,
        allow_skip: true,
    };
    let mut course = vec![
        step(StepContent::IntakeAnalysis { text: "What I understood: …".into() }, None, None),
        step(
            question(
                "Is it one account, several accounts, or nearly everyone?",
                &["One account", "Several accounts"],
            ),
            Some("scope"),
            Some(Answer::Option(option("One account"))),
        ),
        step(
            question(
                "What changed shortly before the lockouts began?",
                &["The password was changed or reset", "Nothing that anyone knows of"],
            ),
            Some("changed"),
            Some(Answer::FreeText(
                "She changed it on Tuesday, and IT moved her mailbox the same day.".into(),
            )),
        ),
        step(
            StepContent::Action(action(
                "Find the computer that sends the bad passwords: event 4740 on ULM-DC-01.",
            )),
            Some("find-source"),
            Some(done(
                true,
                "Seven events since 08:00, caller is always ULM-ACC-014, her own desktop.",
                None,
            )),
        ),
        step(
            StepContent::Note {
                text: "Her phone has been off since the morning.".into(),
                author: UserId(Uuid::from_u128(1)),
            },
            None,
            None,
        ),
        step(
            StepContent::Verification(action("Remove stored passwords on ULM-ACC-014 and unlock her once.")),
            Some("clear-creds"),
            Some(done(
                false,
                "Old entry deleted, locked again at 11:00.",
                Some("Scheduled tasks on her desktop"),
            )),
        ),
        step(
            StepContent::InfoRequest(action("List the services on ULM-ACC-014 that run under her name.")),
            None,
            Some(Answer::Skipped),
        ),
        step(
            StepContent::Briefing {
                text: "Escalated because: month end is tomorrow.".into(),
                escalation: EscalationId(Uuid::from_u128(3)),
            },
            None,
            None,
        ),
        step(
            StepContent::ScriptGeneration {
                text: "Run the script on ULM-DC-01.".into(),
                context_message: None,
                instructions: None,
                template: TemplateId(Uuid::from_u128(42)),
                prefilled: serde_json::json!({ "User": "aberger" }).into(),
                allow_free_text: false,
                allow_skip: true,
            },
            None,
            None,
        ),
        step(
            StepContent::ResolutionSuggestion {
                text: "Clear the mailbox profile.".into(),
                context_message: None,
                summary: "An old mail profile sent the old password.".into(),
                follow_ups: vec![].into(),
            },
            None,
            Some(done(false, "Locked again twenty minutes later.", None)),
        ),
    ];
    course[8].superseded = true;
    for (ordinal, past) in (0..).zip(&mut course) {
        past.step.ordinal = ordinal;
        past.step.id = StepId(Uuid::from_u128(u128::from(ordinal)));
    }
    course
}

fn step(content: StepContent, node: Option<&str>, answer: Option<Answer>) -> PastStep {
    let flow = lockout();
    PastStep {
        pick_up: None,
        step: Step {
            id: StepId(Uuid::nil()),
            ordinal: 0,
            content,
            confidence: Confidence::new(0.62),
            flow_node: node.map(|node| FlowNodeRef { flow: flow.flow, version: 1, node: node.to_owned() }),
            made_by: MadeBy::Playbook,
            tokens: Tokens::default(),
            reasoning: None,
        },
        answer,
        superseded: false,
    }
}

fn question(text: &str, options: &[&str]) -> StepContent {
    StepContent::Question {
        text: text.into(),
        context_message: Some("Scope first.".into()),
        options: options.iter().map(|label| option(label)).collect(),
        allow_free_text: true,
        allow_skip: true,
    }
}

fn option(label: &str) -> StepOption {
    StepOption { label: label.into(), value: label.into(), followup_hint: None, leads_to: None }
}

fn done(succeeded: bool, details: &str, next: Option<&str>) -> Answer {
    Answer::ActionResult(ActionResult {
        succeeded,
        details: Some(details.into()),
        next_hint: next.map(Into::into),
    })
}

/// More than any prompt takes, its telling lines somewhere within.
fn long_log() -> String {
    let mut log = String::new();
    for n in 0..2_000 {
        let message = match n {
            700 => {
                "ERROR 4771 Kerberos pre-authentication failed, account aberger, client ::ffff:10.20.3.14, failure 0x18"
            }
            n if n % 500 == 250 => "WARN  4740 A user account was locked out: aberger, caller ULM-ACC-014",
            _ => "INFO  4624 An account was successfully logged on",
        };
        // Writing to a String can't fail.
        let _ = writeln!(log, "2025-03-03T{:02}:{:02}:{:02} {message}", 8 + n / 720, n / 12 % 60, n % 12 * 5);
    }
    log
}

fn library(slug: &str) -> &'static LibraryFlow {
    starter_flows().iter().find(|flow| flow.slug == slug).unwrap()
}

fn lockout() -> GuidingFlow {
    let flow = library("account-lockout-source");
    GuidingFlow {
        flow: FlowId(Uuid::from_u128(7)),
        version: 1,
        score: Confidence::new(0.86),
        head: flow.head.clone(),
        nodes: flow.nodes.clone(),
    }
}

/// Flows that may fit, nearest first.
pub(super) fn candidates() -> Vec<MatchableFlow> {
    let slugs = ["account-lockout-source", "outlook-password-prompts", "compromised-account", "slow-logon"];
    let found = slugs.iter().zip(1..).map(|(slug, n)| MatchableFlow {
        flow: FlowId(Uuid::from_u128(n)),
        version: 1,
        head: library(slug).head.clone(),
        nodes: library(slug).nodes.clone(),
    });
    found.collect()
}

/// Templates that are offered: the first of the library.
pub(super) fn scripts() -> Vec<ScriptOffer> {
    let some = starter_scripts().iter().take(3).zip(42..);
    some.map(|(script, n)| ScriptOffer::of(TemplateId(Uuid::from_u128(n)), &script.content)).collect()
}

/// What people write, in the examples and in the intakes that matching is held against.
pub(super) fn known_intakes() -> Vec<String> {
    let crate_folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = vec![std::fs::read_to_string(crate_folder.join("tests/intakes.yaml")).unwrap()];
    for entry in std::fs::read_dir(crate_folder.join("../examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
    texts
}
