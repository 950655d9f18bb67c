//! Samples of what happens to proposals and to the analyses of sessions.

use chrono::NaiveDate;
use domain::analysis::event::{
    AnalysisCompleted, AnalysisDeferred, AnalysisEvent, AnalysisFailed, AnalysisRequested, AnalysisTakenUp,
    AnalysisWithdrawn, Finding, NothingLearnt,
};
use domain::flow::diff::TreeDiff;
use domain::flow::event::{FlowHead, FlowKind};
use domain::flow::tree::{FlowNode, FlowNodeType};
use domain::id::{FlowId, ProposalId, SessionId, TeamId};
use domain::matching::likeness::Means;
use domain::personal::Personal;
use domain::problem::ProblemDomain;
use domain::proposal::event::{
    PathReinforced, ProposalDraft, ProposalEvent, ProposalModified, ProposalPublished, ProposalRaised,
    ProposalRegrown, ProposalStale, ProposalSupported, ProposalTarget, Resurfaced, Reviewed,
    SupportWithdrawn, Withdrawn,
};
use domain::proposal::status::ProposalKind;
use domain::session::step::{MadeBy, Tokens};

use super::{ONE, TWO, USER, personal};

const SESSION: SessionId = SessionId(ONE);
const OTHER: SessionId = SessionId(TWO);
const PROPOSAL: ProposalId = ProposalId(ONE);

pub(super) fn proposals() -> Vec<(&'static str, ProposalEvent)> {
    let raised_by = |made_by: Option<MadeBy>, kind, target, diff| {
        ProposalEvent::Raised(Box::new(ProposalRaised {
            kind,
            target,
            team: Some(TeamId(ONE)),
            source: SESSION,
            draft: draft(),
            diff,
            topic: made_by.as_ref().map(|_| personal("topic")),
            made_by,
        }))
    };
    let raised = |kind, target, diff| raised_by(None, kind, target, diff);
    let model = MadeBy::Model { provider: "anthropic".to_owned(), model: "large".to_owned() };
    let target = ProposalTarget { flow: FlowId(ONE), base_version: 2 };
    let diff = TreeDiff {
        summary: vec!["PERSONAL sentence".to_owned()],
        added: vec!["PERSONAL node".to_owned()],
        modified: vec![],
        removed: vec![],
    };
    let supported_by = |by, draft| {
        ProposalEvent::Supported(ProposalSupported {
            session: OTHER,
            similarity: 0.75,
            by,
            source: SESSION,
            draft,
        })
    };
    let supported = |draft| supported_by(Means::Words, draft);
    let meaning = Means::Meaning("local/39eb8e324605".to_owned());
    let reviewed = |notes| Reviewed { by: USER, notes, source: SESSION };
    vec![
        ("new_flow", raised(ProposalKind::NewFlow, None, None)),
        ("by_model", raised_by(Some(model), ProposalKind::NewFlow, None, None)),
        ("branch", raised(ProposalKind::BranchAddition, Some(target), Some(diff.into()))),
        ("alike", supported(None)),
        ("by_meaning", supported_by(meaning, None)),
        ("branching", supported(Some(draft()))),
        ("", ProposalEvent::SupportWithdrawn(SupportWithdrawn { session: OTHER })),
        ("", ProposalEvent::Regrown(ProposalRegrown { source: SESSION, draft: draft() })),
        ("", ProposalEvent::Withdrawn(Withdrawn {})),
        ("", ProposalEvent::Resurfaced(Resurfaced {})),
        ("", ProposalEvent::Stale(ProposalStale { current: 3 })),
        ("", ProposalEvent::Approved(reviewed(Some(personal("notes"))))),
        (
            "",
            ProposalEvent::Modified(Box::new(ProposalModified {
                by: USER,
                notes: None,
                source: SESSION,
                base_version: Some(3),
                draft: draft(),
            })),
        ),
        ("", ProposalEvent::Rejected(reviewed(None))),
        ("", ProposalEvent::Dismissed(reviewed(None))),
        ("", ProposalEvent::Published(ProposalPublished { flow: FlowId(ONE), version: 1 })),
        (
            "",
            ProposalEvent::PathReinforced(PathReinforced {
                flow: FlowId(ONE),
                version: 2,
                session: SESSION,
                team: None,
                title: "Account lockout".to_owned(),
                domain: Some(ProblemDomain::ActiveDirectory),
            }),
        ),
    ]
}

pub(super) fn analyses() -> Vec<(&'static str, AnalysisEvent)> {
    let counted_as = |finding, tokens| {
        AnalysisEvent::Completed(AnalysisCompleted { session: SESSION, resolution: 12, finding, tokens })
    };
    let completed = |finding| counted_as(finding, Tokens::default());
    let tokens = Tokens { input: 5_200, output: 910, cached: 4_000, calls: 2 };
    let failed = |tokens| {
        let reason = "The work could not be done.".to_owned();
        AnalysisEvent::Failed(AnalysisFailed { session: SESSION, resolution: 12, reason, tokens })
    };
    let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let deferred =
        |tokens| AnalysisEvent::Deferred(AnalysisDeferred { session: SESSION, resolution: 12, day, tokens });
    vec![
        ("nothing", completed(Finding::Nothing { reason: NothingLearnt::BelowGuiding })),
        ("raised", completed(Finding::Raised { proposal: PROPOSAL })),
        ("supported", completed(Finding::Supported { proposal: PROPOSAL })),
        ("reinforced", completed(Finding::Reinforced { proposal: PROPOSAL })),
        ("by_model", counted_as(Finding::Raised { proposal: PROPOSAL }, tokens)),
        ("", failed(Tokens::default())),
        ("counted", failed(tokens)),
        ("", deferred(Tokens::default())),
        ("counted", deferred(tokens)),
        ("", AnalysisEvent::TakenUp(AnalysisTakenUp { session: SESSION, resolution: 12 })),
        ("", AnalysisEvent::Withdrawn(AnalysisWithdrawn { session: SESSION })),
        ("", AnalysisEvent::Requested(AnalysisRequested { session: SESSION, resolution: 12, by: USER })),
    ]
}

fn draft() -> Personal<ProposalDraft> {
    let node = FlowNode {
        id: "step-1".to_owned(),
        parent_id: None,
        kind: FlowNodeType::Solution,
        label: None,
        text: "PERSONAL solution".to_owned(),
        details: None,
        script_template_id: None,
    };
    let head = FlowHead {
        name: "PERSONAL name".to_owned(),
        description: None,
        kind: FlowKind::Troubleshooting,
        domain: Some(ProblemDomain::Printing),
        keywords: vec!["PERSONAL keyword".to_owned()],
    };
    Personal::new(ProposalDraft {
        title: "PERSONAL title".to_owned(),
        description: Some("PERSONAL description".to_owned()),
        head,
        nodes: vec![node],
    })
}
