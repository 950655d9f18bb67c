//! A sample of every event, of each shape that it can have. What is personal says so, in capitals.

#[path = "learning.rs"]
mod learning;

use std::fmt::Display;

use domain::access::Role;
use domain::account::business_hours::BusinessHours;
use domain::account::event::{
    AccountConfigured, AccountEvent, AccountOpened, MemberAdded, MemberRemoved, MemberRoleChanged, Quotas,
    TeamConfigured, TeamCreated,
};
use domain::flow::event::{
    FlowCreated, FlowDraftSaved, FlowEvent, FlowHead, FlowKind, FlowOrigin, FlowPublished, FlowRetired,
};
use domain::flow::tree::{FlowNode, FlowNodeType};
use domain::id::{
    AccountId, AttachmentId, ConnectionId, EscalationId, FlowId, ProposalId, RequestId, ScriptId, SessionId,
    StepId, TeamId, TemplateId, UserId,
};
use domain::personal::Personal;
use domain::problem::{Classification, ProblemDomain, Urgency};
use domain::script::event::{
    ScriptGenerated, ScriptTemplateDeactivated, ScriptTemplateEvent, ScriptTemplatePublished,
};
use domain::script::template::TemplateContent;
use domain::script::{Parameter, ParameterType};
use domain::session::answer::{ActionResult, Answer};
use domain::session::event::{
    ChosenFlow, ContentRedacted, EscalationEnriched, EscalationFailure, EscalationPickedUp, EscalationRef,
    EscalationRequested, Failure, FlowMatched, GenerationFailure, HandedOff, IntakeClassified,
    MatchCandidate, NoteAdded, Nothing, PickUpMode, RequestCause, ScriptAttached, SessionAbandoned,
    SessionEvent, SessionRated, SessionReopened, SessionResolved, SessionStarted, StepAnswered,
    StepDiscarded, StepGenerationFailed, StepLimitReached, StepPresented, StepRequested, StepSuperseded,
    TicketContext, TicketLinked,
};
use domain::session::intake::{AttachmentRef, Intake, IntakeType, RedactionTally, TicketRef};
use domain::session::status::Confidence;
use domain::session::step::{ActionContent, FlowNodeRef, MadeBy, Step, StepContent, StepOption, Tokens};
use serde_json::{Value, json};
use uuid::Uuid;

/// File name and payload of every sample.
pub(crate) fn all() -> Vec<(String, Value)> {
    let session = sessions().into_iter().map(|(shape, event)| {
        let payload = serde_json::to_value(&event).unwrap();
        (name(event.stored_type(), event.stored_version(), shape), payload)
    });
    let flow = flows().into_iter().map(|(shape, event)| {
        let payload = serde_json::to_value(&event).unwrap();
        (name(event.stored_type(), event.stored_version(), shape), payload)
    });
    let account = accounts().into_iter().map(|(shape, event)| {
        let payload = serde_json::to_value(&event).unwrap();
        (name(event.stored_type(), event.stored_version(), shape), payload)
    });
    let script = scripts().into_iter().map(|(shape, event)| {
        let payload = serde_json::to_value(&event).unwrap();
        (name(event.stored_type(), event.stored_version(), shape), payload)
    });
    let learning = learning::proposals().into_iter().map(|(shape, event)| {
        let payload = serde_json::to_value(&event).unwrap();
        (name(event.stored_type(), event.stored_version(), shape), payload)
    });
    let analysis = learning::analyses().into_iter().map(|(shape, event)| {
        let payload = serde_json::to_value(&event).unwrap();
        (name(event.stored_type(), event.stored_version(), shape), payload)
    });
    session.chain(flow).chain(account).chain(script).chain(learning).chain(analysis).collect()
}

fn name(stored_type: &str, version: &str, shape: &str) -> String {
    format!("{stored_type}-{version}-{shape}").trim_end_matches('-').to_owned()
}

const ONE: Uuid = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001);
const TWO: Uuid = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0002);
const USER: UserId = UserId(ONE);
const STEP: StepId = StepId(TWO);
const REQUEST: RequestId = RequestId(ONE);
const ESCALATION: EscalationId = EscalationId(ONE);

fn personal(what: impl Display) -> Personal<String> {
    Personal::new(format!("PERSONAL {what}"))
}

fn personal_list(what: &str) -> Personal<Vec<String>> {
    Personal::new(vec![format!("PERSONAL {what}")])
}

fn tallies() -> Vec<RedactionTally> {
    vec![RedactionTally { kind: "password".into(), count: 2 }]
}

fn tokens() -> Tokens {
    Tokens { input: 1200, output: 340, cached: 1000, calls: 0 }
}

fn model() -> MadeBy {
    MadeBy::Model { provider: "anthropic".into(), model: "some-model".into() }
}

fn sessions() -> Vec<(&'static str, SessionEvent)> {
    [opening(), diagnosis(), steps(), answers(), asides(), escalations(), endings()].concat()
}

fn opening() -> Vec<(&'static str, SessionEvent)> {
    let sparse = Intake {
        kind: IntakeType::FreeText,
        text: Some(personal("text")),
        log: None,
        attachments: vec![],
        ticket: None,
        redactions: vec![],
    };
    let full = Intake {
        kind: IntakeType::Combined,
        text: Some(personal("text")),
        log: Some(personal("log")),
        attachments: vec![AttachmentRef {
            id: AttachmentId(ONE),
            file_name: personal("file name"),
            media_type: "image/png".into(),
            size_bytes: 5_242_880,
        }],
        ticket: Some(TicketRef { connection: Some(ConnectionId(ONE)), ticket_id: "T-4711".into() }),
        redactions: tallies(),
    };
    let started = |team, intake| {
        SessionEvent::Started(SessionStarted { opened_by: USER, team, intake, step_limit: 30 })
    };
    let asked = |cause| SessionEvent::StepRequested(StepRequested { request: REQUEST, cause });
    vec![
        ("sparse", started(None, sparse)),
        ("full", started(Some(TeamId(TWO)), full)),
        ("start", asked(RequestCause::Start)),
        ("answer", asked(RequestCause::Answer(STEP))),
        ("retry", asked(RequestCause::Retry)),
        ("resume", asked(RequestCause::Resume)),
        ("pick_up", asked(RequestCause::PickUp)),
        ("recall", asked(RequestCause::Recall)),
        ("expiry", asked(RequestCause::Expiry)),
        ("reopening", asked(RequestCause::Reopening)),
    ]
}

fn diagnosis() -> Vec<(&'static str, SessionEvent)> {
    let context = TicketContext {
        summary: personal("summary"),
        description: Some(personal("description")),
        facts: personal_list("fact"),
        redactions: tallies(),
    };
    let failure = Failure { reason: "The ticket system does not answer".into() };
    let classified = |made_by, fallback| {
        SessionEvent::IntakeClassified(IntakeClassified {
            classification: Classification {
                summary: personal("summary"),
                domain: ProblemDomain::ActiveDirectory,
                key_symptoms: personal_list("symptom"),
                urgency: Urgency::High,
            },
            fallback,
            made_by,
            tokens: tokens(),
        })
    };
    let candidate = MatchCandidate {
        flow: FlowId(ONE),
        version: 3,
        name: "Account lockout source".into(),
        score: 0.875,
        semantic: None,
        keyword: Some(0.75),
        recency: Some(0.5),
        same_domain: true,
        reason: personal("reason"),
    };
    let chosen = ChosenFlow { flow: FlowId(ONE), version: 3, score: Confidence::new(0.875) };
    let matched = |candidates, chosen, declined| {
        SessionEvent::FlowMatched(FlowMatched { candidates, chosen, policy_version: 1, declined })
    };
    vec![
        ("", SessionEvent::TicketContextCaptured(context)),
        ("", SessionEvent::TicketContextUnavailable(failure)),
        ("playbook", classified(MadeBy::Playbook, false)),
        ("fallback", classified(model(), true)),
        ("chosen", matched(vec![candidate.clone()], Some(chosen), false)),
        ("declined", matched(vec![candidate], None, true)),
        ("none", matched(vec![], None, false)),
    ]
}

fn step(content: StepContent, made_by: MadeBy) -> Step {
    Step {
        id: STEP,
        ordinal: 4,
        content,
        confidence: Confidence::new(0.625),
        flow_node: None,
        made_by,
        tokens: Tokens::default(),
        reasoning: None,
    }
}

fn option() -> StepOption {
    StepOption {
        label: personal("label"),
        value: personal("value"),
        followup_hint: Some(personal("hint")),
        leads_to: Some("node-2".into()),
    }
}

fn steps() -> Vec<(&'static str, SessionEvent)> {
    let text = || personal("text");
    let why = || Some(personal("why"));
    let action = || ActionContent {
        text: text(),
        context_message: why(),
        expected_outcome: Some(personal("outcome")),
        checklist: personal_list("item"),
        allow_free_text: true,
        allow_skip: false,
    };
    let question = StepContent::Question {
        text: text(),
        context_message: why(),
        options: vec![option()],
        allow_free_text: true,
        allow_skip: true,
    };
    let guided = Step {
        flow_node: Some(FlowNodeRef { flow: FlowId(ONE), version: 3, node: "node-1".into() }),
        tokens: tokens(),
        reasoning: Some(personal("reasoning")),
        ..step(question, model())
    };
    let script = StepContent::ScriptGeneration {
        text: text(),
        context_message: None,
        instructions: Some(personal("instructions")),
        template: TemplateId(ONE),
        prefilled: Personal::new(json!({ "user": "PERSONAL parameter" })),
        allow_free_text: false,
        allow_skip: true,
    };
    let suggestion = StepContent::ResolutionSuggestion {
        text: text(),
        context_message: why(),
        summary: personal("summary"),
        follow_ups: personal_list("follow-up"),
    };
    let playbook = |content| step(content, MadeBy::Playbook);
    let by_itself = |content| step(content, MadeBy::System);
    let presented = |request, step| SessionEvent::StepPresented(StepPresented { request, step });
    vec![
        ("question", presented(Some(REQUEST), guided)),
        ("action", presented(Some(REQUEST), playbook(StepContent::Action(action())))),
        ("verification", presented(Some(REQUEST), playbook(StepContent::Verification(action())))),
        ("info_request", presented(Some(REQUEST), playbook(StepContent::InfoRequest(action())))),
        ("script_generation", presented(Some(REQUEST), playbook(script))),
        ("resolution_suggestion", presented(Some(REQUEST), playbook(suggestion))),
        (
            "briefing",
            presented(None, by_itself(StepContent::Briefing { text: text(), escalation: ESCALATION })),
        ),
        ("intake_analysis", presented(None, by_itself(StepContent::IntakeAnalysis { text: text() }))),
        (
            "note",
            presented(None, step(StepContent::Note { text: text(), author: USER }, MadeBy::Person(USER))),
        ),
    ]
}

fn answers() -> Vec<(&'static str, SessionEvent)> {
    let answered = |answer, redactions| {
        SessionEvent::StepAnswered(StepAnswered { step: STEP, answered_by: USER, answer, redactions })
    };
    let result = |details: Option<Personal<String>>, next_hint| {
        Answer::ActionResult(ActionResult { succeeded: details.is_none(), details, next_hint })
    };
    let failed = |reason| {
        SessionEvent::StepGenerationFailed(StepGenerationFailed {
            request: REQUEST,
            reason,
            message: "The assistant does not answer".into(),
            tokens: tokens(),
        })
    };
    let discarded = |calls| {
        let tokens = Tokens { calls, ..tokens() };
        SessionEvent::StepDiscarded(StepDiscarded { request: REQUEST, made_by: model(), tokens })
    };
    vec![
        ("option", answered(Answer::Option(option()), vec![])),
        ("free_text", answered(Answer::FreeText(personal("text")), tallies())),
        ("skipped", answered(Answer::Skipped, vec![])),
        ("succeeded", answered(result(None, None), vec![])),
        ("failed", answered(result(Some(personal("details")), Some(personal("hint"))), vec![])),
        ("", SessionEvent::StepSuperseded(StepSuperseded { step: STEP })),
        ("provider_unavailable", failed(GenerationFailure::ProviderUnavailable)),
        ("invalid_output", failed(GenerationFailure::InvalidOutput)),
        ("refused", failed(GenerationFailure::Refused)),
        ("quota_exceeded", failed(GenerationFailure::QuotaExceeded)),
        ("internal", failed(GenerationFailure::Internal)),
        ("", discarded(0)),
        ("counted", discarded(2)),
        ("", SessionEvent::StepLimitReached(StepLimitReached { limit: 30 })),
    ]
}

fn asides() -> Vec<(&'static str, SessionEvent)> {
    let note =
        NoteAdded { step: STEP, ordinal: 5, author: USER, text: personal("text"), redactions: tallies() };
    let script = ScriptAttached {
        script: ScriptId(ONE),
        template: TemplateId(TWO),
        template_version: 2,
        template_name: "Unlock an account".into(),
        step: Some(STEP),
        generated_by: USER,
        body: personal("body"),
    };
    let linked = TicketLinked { connection: ConnectionId(ONE), ticket_id: "T-4711".into() };
    let redacted = ContentRedacted {
        by: USER,
        text: personal("text"),
        placeholder: "[secret:1f2e]".into(),
        reason: personal("reason"),
    };
    vec![
        ("", SessionEvent::NoteAdded(note)),
        ("", SessionEvent::ScriptAttached(script)),
        ("", SessionEvent::TicketLinked(linked)),
        ("", SessionEvent::ContentRedacted(redacted)),
        ("", SessionEvent::Paused(Nothing {})),
        ("", SessionEvent::Resumed(Nothing {})),
    ]
}

fn escalations() -> Vec<(&'static str, SessionEvent)> {
    let requested = |target, redactions| {
        SessionEvent::EscalationRequested(EscalationRequested {
            escalation: ESCALATION,
            requested_by: USER,
            reason: personal("reason"),
            target,
            confidence: Confidence::new(0.25),
            redactions,
        })
    };
    let enriched = EscalationEnriched {
        escalation: ESCALATION,
        hypotheses: personal_list("hypothesis"),
        next_steps: personal_list("next step"),
        ruled_out: personal_list("ruled out"),
        tokens: tokens(),
    };
    let failed = |tokens| EscalationFailure { escalation: ESCALATION, reason: "No answer".into(), tokens };
    let of = EscalationRef { escalation: ESCALATION };
    let picked_up = |mode, context, redactions| {
        let (escalation, by) = (ESCALATION, UserId(TWO));
        SessionEvent::EscalationPickedUp(EscalationPickedUp { escalation, by, mode, context, redactions })
    };
    let handed_off = |redactions| {
        SessionEvent::HandedOff(HandedOff { escalation: ESCALATION, to: personal("recipient"), redactions })
    };
    vec![
        ("open", requested(None, vec![])),
        ("targeted", requested(Some(UserId(TWO)), vec![])),
        ("redacted", requested(None, tallies())),
        ("", SessionEvent::EscalationEnriched(enriched)),
        ("", SessionEvent::EscalationEnrichmentFailed(failed(Tokens::default()))),
        ("counted", SessionEvent::EscalationEnrichmentFailed(failed(tokens()))),
        ("", SessionEvent::EscalationTargetReleased(of)),
        ("continue", picked_up(PickUpMode::Continue, None, vec![])),
        ("fresh", picked_up(PickUpMode::Fresh, Some(personal("context")), vec![])),
        ("redacted", picked_up(PickUpMode::Fresh, Some(personal("context")), tallies())),
        ("", SessionEvent::EscalationRecalled(of)),
        ("", SessionEvent::EscalationExpired(of)),
        ("", handed_off(vec![])),
        ("redacted", handed_off(tallies())),
    ]
}

fn endings() -> Vec<(&'static str, SessionEvent)> {
    let resolved = |action, rating, feedback, redactions| {
        let (resolved_by, summary) = (USER, personal("summary"));
        SessionEvent::Resolved(SessionResolved { resolved_by, summary, action, rating, feedback, redactions })
    };
    let reopened = |redactions| {
        SessionEvent::Reopened(SessionReopened { by: USER, reason: personal("reason"), redactions })
    };
    let rated = |feedback, redactions| {
        SessionEvent::Rated(SessionRated { by: USER, rating: 4, feedback, redactions })
    };
    vec![
        ("sparse", resolved(None, None, None, vec![])),
        ("full", resolved(Some(personal("action")), Some(5), Some(personal("feedback")), vec![])),
        ("redacted", resolved(None, None, None, tallies())),
        ("", reopened(vec![])),
        ("redacted", reopened(tallies())),
        ("handler", SessionEvent::Abandoned(SessionAbandoned::Handler { by: USER })),
        ("idle", SessionEvent::Abandoned(SessionAbandoned::Idle)),
        ("sparse", rated(None, vec![])),
        ("full", rated(Some(personal("feedback")), vec![])),
        ("redacted", rated(Some(personal("feedback")), tallies())),
    ]
}

fn flows() -> Vec<(&'static str, FlowEvent)> {
    let head = || FlowHead {
        name: "Account lockout source".into(),
        description: Some("Finds what keeps locking an account".into()),
        kind: FlowKind::Troubleshooting,
        domain: Some(ProblemDomain::ActiveDirectory),
        keywords: vec!["locked out".into()],
    };
    let procedure =
        FlowHead { description: None, kind: FlowKind::Procedure, domain: None, keywords: vec![], ..head() };
    let node = |id: &str, parent_id: Option<&str>, kind| FlowNode {
        id: id.into(),
        parent_id: parent_id.map(Into::into),
        kind,
        label: parent_id.map(|_| "Label".into()),
        text: "Text".into(),
        details: parent_id.map(|_| "Details".into()),
        script_template_id: None,
    };
    let nodes = || {
        let scripted = FlowNode {
            script_template_id: Some(TemplateId(ONE)),
            ..node("fix", Some("root"), FlowNodeType::Action)
        };
        vec![
            node("root", None, FlowNodeType::Question),
            scripted,
            node("end", Some("fix"), FlowNodeType::Solution),
        ]
    };
    let created = |head, origin, from_proposal| {
        FlowEvent::Created(FlowCreated { head, nodes: nodes(), origin, from_proposal })
    };
    let published = |origin, source_session, source_proposal| {
        let (head, nodes) = (head(), nodes());
        FlowEvent::Published(FlowPublished {
            version: 2,
            head,
            nodes,
            origin,
            source_session,
            source_proposal,
        })
    };
    let from = (Some(SessionId(ONE)), Some(ProposalId(TWO)));
    vec![
        ("starter", created(head(), FlowOrigin::Starter, None)),
        ("procedure", created(procedure, FlowOrigin::Manual, Some(ProposalId(ONE)))),
        ("", FlowEvent::DraftSaved(FlowDraftSaved { head: head(), nodes: nodes() })),
        ("manual", published(FlowOrigin::Manual, None, None)),
        ("generated", published(FlowOrigin::AiGenerated, from.0, from.1)),
        ("enhanced", published(FlowOrigin::AiEnhanced, from.0, from.1)),
        ("", FlowEvent::Retired(FlowRetired {})),
    ]
}

fn accounts() -> Vec<(&'static str, AccountEvent)> {
    let configured = |business_hours| {
        AccountEvent::Configured(AccountConfigured {
            name: "Nordlicht IT".into(),
            time_zone: "Europe/Berlin".into(),
            business_hours,
            quotas: Quotas::default(),
        })
    };
    let time = |hour| chrono::NaiveTime::from_hms_opt(hour, 30, 0).unwrap();
    let hours = BusinessHours { days: vec![1, 5], start: time(8), end: time(17) };
    let team = |context: Option<&str>| {
        AccountEvent::TeamConfigured(TeamConfigured {
            team: TeamId(ONE),
            name: "Service desk".into(),
            context: context.map(personal),
        })
    };
    vec![
        (
            "",
            AccountEvent::Opened(AccountOpened {
                name: "Nordlicht IT".into(),
                time_zone: "Europe/Berlin".into(),
                quotas: Quotas::default(),
            }),
        ),
        ("", configured(None)),
        ("hours", configured(Some(hours))),
        ("", AccountEvent::TeamCreated(TeamCreated { team: TeamId(ONE), name: "Service desk".into() })),
        ("", team(None)),
        ("context", team(Some("context"))),
        (
            "",
            AccountEvent::MemberAdded(MemberAdded {
                user: USER,
                display_name: personal("name"),
                email: personal("address"),
                role: Role::TeamAdmin,
                teams: vec![TeamId(ONE)],
            }),
        ),
        (
            "",
            AccountEvent::MemberRoleChanged(MemberRoleChanged {
                user: USER,
                role: Role::Owner,
                teams: vec![TeamId(ONE)],
            }),
        ),
        ("", AccountEvent::MemberRemoved(MemberRemoved { user: USER })),
    ]
}

fn scripts() -> Vec<(&'static str, ScriptTemplateEvent)> {
    let parameter = |kind, default: Option<&str>, options: &[&str]| Parameter {
        key: "key".into(),
        label: "Label".into(),
        kind,
        required: default.is_none(),
        default: default.map(Into::into),
        options: options.iter().map(|&it| it.into()).collect(),
        help: default.map(|_| "Help".into()),
    };
    let content = |team: Option<TeamId>, parameters: Vec<Parameter>| TemplateContent {
        name: "Clear a print queue".into(),
        description: team.map(|_| "What it does.".into()),
        category: team.map(|_| "Printing".into()),
        team,
        body: "Get-Printer {{key}}".into(),
        parameters,
    };
    let published =
        |version, content| ScriptTemplateEvent::Published(ScriptTemplatePublished { version, content });
    let generated = |session, step| {
        ScriptTemplateEvent::Generated(ScriptGenerated {
            script: ScriptId(ONE),
            template_version: 2,
            session,
            step,
            account: AccountId(TWO),
            generated_by: USER,
            arguments: Personal::new([("key".to_owned(), "PERSONAL value".to_owned())].into()),
        })
    };
    let kinds = [
        (ParameterType::String, Some("x"), &[][..]),
        (ParameterType::Integer, None, &[]),
        (ParameterType::Boolean, None, &[]),
        (ParameterType::Enum, Some("a"), &["a", "b"]),
        (ParameterType::Upn, None, &[]),
        (ParameterType::Hostname, None, &[]),
        (ParameterType::DistinguishedName, None, &[]),
        (ParameterType::Path, None, &[]),
        (ParameterType::Guid, None, &[]),
        (ParameterType::Secret, None, &[]),
    ];
    let all = kinds.into_iter().map(|(kind, default, options)| parameter(kind, default, options));
    vec![
        ("account", published(1, content(None, vec![]))),
        ("team", published(2, content(Some(TeamId(ONE)), all.collect()))),
        ("", ScriptTemplateEvent::Deactivated(ScriptTemplateDeactivated {})),
        ("session", generated(Some(SessionId(ONE)), Some(STEP))),
        ("alone", generated(None, None)),
    ]
}
