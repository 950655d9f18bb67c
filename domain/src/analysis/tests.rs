//! The record of what came of a session, and the way from a session to what it teaches.

use uuid::Uuid;

use super::lesson::Lesson;
use super::*;
use crate::access::{Caller, Role};
use crate::analysis::event::NothingLearnt;
use crate::assistant::case::GuidingFlow;
use crate::flow::event::{FlowHead, FlowKind};
use crate::flow::tree::{FlowNode, FlowNodeType};
use crate::id::UserId;
use crate::matching::MatchPolicy;
use crate::proposal::status::ProposalKind;
use crate::session::answer::Answer;
use crate::session::sample::{
    FLOW, Log, acted, action, answered, classified, matched, option, presented, question, resolved,
    suggestion,
};
use crate::session::status::Confidence;
use crate::session::step::{StepContent, Tokens};

const SESSION: SessionId = SessionId(Uuid::from_u128(99));
const PROPOSAL: ProposalId = ProposalId(Uuid::from_u128(7));

fn told(analysis: &mut Analysis, by: By, act: AnalysisAct) -> Result<Vec<AnalysisEvent>, AnalysisError> {
    let events = analysis.decide(AnalysisCommand { by, session: SESSION, act })?;
    events.iter().cloned().for_each(|event| analysis.apply(event));
    Ok(events)
}

fn member(role: Role) -> By {
    By::Member(Caller { user: UserId(Uuid::nil()), role, teams: vec![] })
}

fn raised(resolution: u64) -> AnalysisAct {
    let finding = Finding::Raised { proposal: PROPOSAL };
    AnalysisAct::Complete { resolution, finding, tokens: Tokens::default() }
}

/// Rule 6.1.
#[test]
fn a_resolution_is_recorded_once_and_withdrawn_when_the_session_is_open_again() {
    let mut analysis = Analysis::default();
    assert_eq!(told(&mut analysis, By::System, AnalysisAct::Withdraw), Ok(vec![]));
    assert_eq!(told(&mut analysis, By::System, raised(9)).unwrap().len(), 1);
    assert_eq!(told(&mut analysis, By::System, raised(9)), Ok(vec![]));
    assert_eq!((analysis.proposal(), analysis.is_of(9), analysis.is_of(12)), (Some(PROPOSAL), true, false));
    assert_eq!(told(&mut analysis, By::System, AnalysisAct::Withdraw).unwrap().len(), 1);
    assert_eq!(analysis.proposal(), None);
    assert_eq!(told(&mut analysis, By::System, raised(12)).unwrap().len(), 1);
}

#[test]
fn what_was_given_up_can_be_asked_for_again_by_those_who_review() {
    let mut analysis = Analysis::default();
    let retry = |analysis: &mut Analysis, role| told(analysis, member(role), AnalysisAct::Retry);
    assert_eq!(retry(&mut analysis, Role::Owner), Err(AnalysisError::NotFailed));
    let reason = "The database was away.".to_owned();
    let failed = AnalysisAct::Fail { resolution: 9, reason, tokens: Tokens::default() };
    assert_eq!(told(&mut analysis, By::System, failed).unwrap().len(), 1);
    assert_eq!(retry(&mut analysis, Role::Engineer), Err(AnalysisError::NotEntitled));
    assert_eq!(retry(&mut analysis, Role::TeamAdmin).unwrap().len(), 1);
    assert_eq!(retry(&mut analysis, Role::TeamAdmin), Err(AnalysisError::NotFailed));
    assert_eq!(told(&mut analysis, member(Role::Owner), raised(9)), Err(AnalysisError::NotEntitled));
}

/// Rule 6.5.
#[test]
fn what_is_deferred_is_taken_up_once_when_its_day_has_come_or_sooner_if_somebody_asks() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let defer = || AnalysisAct::Defer { resolution: 9, day, tokens: Tokens::default() };
    let mut analysis = Analysis::default();
    assert_eq!(told(&mut analysis, By::System, defer()).unwrap().len(), 1);
    let another = AnalysisAct::TakeUp { day: day.succ_opt().unwrap() };
    assert_eq!(told(&mut analysis, By::System, another), Ok(vec![]));
    let due = AnalysisAct::TakeUp { day };
    assert_eq!(told(&mut analysis, By::System, due.clone()).unwrap().len(), 1);
    assert_eq!(told(&mut analysis, By::System, due.clone()), Ok(vec![]));
    told(&mut analysis, By::System, defer()).unwrap();
    assert_eq!(told(&mut analysis, member(Role::Owner), AnalysisAct::Retry).unwrap().len(), 1);
    told(&mut analysis, By::System, defer()).unwrap();
    assert_eq!(told(&mut analysis, By::System, AnalysisAct::Withdraw).unwrap().len(), 1);
    assert_eq!(told(&mut analysis, By::System, due), Ok(vec![]), "the session is open again");
}

fn node(id: &str, parent: Option<&str>, kind: FlowNodeType) -> FlowNode {
    FlowNode {
        id: id.into(),
        parent_id: parent.map(Into::into),
        kind,
        label: parent.map(|_| format!("To {id}")),
        text: format!("Text of {id}"),
        details: None,
        script_template_id: None,
    }
}

fn flow() -> GuidingFlow {
    GuidingFlow {
        flow: FLOW,
        version: 3,
        score: Confidence::new(0.87),
        head: FlowHead {
            name: "Account lockout source".into(),
            description: None,
            kind: FlowKind::Troubleshooting,
            domain: None,
            keywords: vec![],
        },
        nodes: vec![
            node("n1", None, FlowNodeType::Question),
            node("n2", Some("n1"), FlowNodeType::Solution),
            node("n3", Some("n1"), FlowNodeType::Solution),
        ],
    }
}

fn lesson(log: Log) -> Lesson {
    let view = log.with(resolved("Removed the credential of the old phone.", None)).view();
    Lesson::of(&view, Some(&flow()), &MatchPolicy::default())
}

#[test]
fn a_session_that_no_flow_fits_teaches_a_flow_with_its_words_and_its_solution() {
    let taught = lesson(
        Log::started()
            .with(classified())
            .with(presented(1, question("Since when?", &["Today", "Longer"]), 0.2, false))
            .with(answered(1, Answer::Option(option("Today")))),
    );
    let Lesson::NewFlow(draft) = taught else { panic!("{taught:?}") };
    assert_eq!(draft.title, "Account locks every twenty minutes since a password change");
    assert_eq!(draft.head.keywords, ["locked out", "every twenty minutes"]);
    assert!(draft.description.unwrap().ends_with("What solved it: Removed the credential of the old phone."));
    assert_eq!(draft.nodes.len(), 2);
}

#[test]
fn a_session_that_left_its_flow_teaches_a_branch_or_more() {
    let off = |answer| {
        Log::started()
            .with(matched())
            .with(presented(1, question("Which one?", &["To n2", "To n3"]), 0.9, true))
            .with(answered(1, answer))
    };
    let Lesson::Change(branch) = lesson(off(Answer::FreeText("The phone.".into()))) else { panic!() };
    assert_eq!((branch.kind, branch.target.base_version), (ProposalKind::BranchAddition, 3));
    assert_eq!(branch.diff.added.len(), 1);
    let refused = off(Answer::Option(option("To n2")))
        .with(presented(2, suggestion("Text of n2"), 0.9, true))
        .with(answered(2, acted(false, "No.")));
    let Lesson::Change(more) = lesson(refused) else { panic!() };
    assert_eq!(more.kind, ProposalKind::Enhancement);
    assert!(more.draft.title.starts_with("Account lockout source: "), "{}", more.draft.title);
}

#[test]
fn a_session_that_followed_its_flow_to_the_solution_reinforces_that_version() {
    let taught = lesson(
        Log::started()
            .with(matched())
            .with(presented(2, suggestion("Text of n2"), 0.9, true))
            .with(answered(2, acted(true, "Gone."))),
    );
    let Lesson::Reinforced(target) = taught else { panic!("{taught:?}") };
    assert_eq!((target.flow, target.base_version), (FLOW, 3));
}

#[test]
fn of_a_path_of_dead_ends_nothing_is_proposed() {
    let dead_end = Log::started()
        .with(presented(1, StepContent::Action(action("Turn it off and on")), 0.2, false))
        .with(answered(1, acted(false, "No change.")));
    assert_eq!(lesson(dead_end), Lesson::Nothing(NothingLearnt::OnlyDeadEnds));
    assert_eq!(lesson(Log::started()), Lesson::Nothing(NothingLearnt::NoPath));
}
