//! Proposals, by what was told them before and what they are told now.

use cqrs_es::Aggregate;
use uuid::Uuid;

use super::*;
use crate::access::Caller;
use crate::flow::event::{FlowHead, FlowKind, FlowOrigin};
use crate::flow::tree::{FlowNode, FlowNodeType};
use crate::id::{FlowId, ProposalId};
use crate::matching::likeness::Means;
use crate::proposal::event::ProposalTarget;

const SOURCE: SessionId = SessionId(Uuid::from_u128(1));
const FLOW: FlowId = FlowId(Uuid::from_u128(2));
const ID: ProposalId = ProposalId(Uuid::from_u128(3));

fn session(n: u128) -> SessionId {
    SessionId(Uuid::from_u128(100 + n))
}

fn reviewer() -> By {
    By::Member(Caller { user: UserId(Uuid::from_u128(9)), role: Role::TeamAdmin, teams: vec![] })
}

fn tree(text: &str) -> Vec<FlowNode> {
    let node = |id: &str, parent: Option<&str>, kind| FlowNode {
        id: id.into(),
        parent_id: parent.map(Into::into),
        kind,
        label: None,
        text: text.into(),
        details: None,
        script_template_id: None,
    };
    vec![node("a", None, FlowNodeType::Action), node("b", Some("a"), FlowNodeType::Solution)]
}

fn draft(text: &str) -> ProposalDraft {
    let head = FlowHead {
        name: "Blank labels".into(),
        description: None,
        kind: FlowKind::Troubleshooting,
        domain: None,
        keywords: vec!["blank".into()],
    };
    ProposalDraft {
        title: "Blank labels".into(),
        description: Some("The ribbon.".into()),
        head,
        nodes: tree(text),
    }
}

fn raise(kind: ProposalKind) -> ProposalAct {
    let target = (kind != ProposalKind::NewFlow).then_some(ProposalTarget { flow: FLOW, base_version: 2 });
    ProposalAct::Raise(Box::new(ProposalRaised {
        kind,
        target,
        team: None,
        source: SOURCE,
        draft: draft("Look").into(),
        diff: None,
        made_by: None,
        topic: None,
    }))
}

fn support(n: u128) -> ProposalAct {
    ProposalAct::Support(Support { session: session(n), similarity: 0.9, by: Means::Words, draft: None })
}

fn dismiss() -> ProposalAct {
    ProposalAct::Dismiss(Review::default())
}

fn approve() -> ProposalAct {
    ProposalAct::Approve(Review { notes: Some("Good.".into()) })
}

fn edit(base: Option<u32>, current: Option<u32>) -> ProposalAct {
    ProposalAct::Modify(Box::new(Modification {
        base_version: base,
        target: current.map(|version| TargetNow { version, retired: false }),
        title: Some("Labels come out blank".into()),
        description: None,
        keywords: None,
        nodes: tree("Look twice"),
        notes: None,
    }))
}

fn by(act: &ProposalAct) -> By {
    match act {
        ProposalAct::Approve(_)
        | ProposalAct::Modify(_)
        | ProposalAct::Reject(_)
        | ProposalAct::Dismiss(_) => reviewer(),
        _ => By::System,
    }
}

fn given(acts: impl IntoIterator<Item = ProposalAct>) -> Proposal {
    let mut proposal = Proposal::default();
    for act in acts {
        for event in proposal.decide(ProposalCommand { by: by(&act), act }).unwrap() {
            proposal.apply(event);
        }
    }
    proposal
}

fn when(proposal: &Proposal, act: ProposalAct) -> Result<Vec<&'static str>, ProposalError> {
    let events = proposal.decide(ProposalCommand { by: by(&act), act })?;
    Ok(events.iter().map(ProposalEvent::stored_type).collect())
}

/// Rule 7.2.
#[test]
fn a_new_flow_is_approved_as_it_is_and_what_is_to_be_published_follows() {
    let approved = given([raise(ProposalKind::NewFlow), approve()]);
    let publication = approved.to_publish(ID).unwrap();
    assert_eq!((publication.base, publication.origin), (None, FlowOrigin::AiGenerated));
    assert_eq!(publication.draft.nodes, tree("Look"));
    assert_eq!(publication.flow, approved.to_publish(ID).unwrap().flow, "it follows from the proposal");
    let done = ProposalPublished { flow: publication.flow, version: 1 };
    let published = given([raise(ProposalKind::NewFlow), approve(), ProposalAct::RecordPublication(done)]);
    assert_eq!(published.to_publish(ID), None);
    assert_eq!(published.published().map(|it| it.version), Some(1));
}

#[test]
fn a_change_of_a_flow_is_never_approved_unseen() {
    for kind in [ProposalKind::Enhancement, ProposalKind::BranchAddition] {
        assert_eq!(when(&given([raise(kind)]), approve()), Err(ProposalError::NeedsEdit));
    }
}

#[test]
fn an_edit_names_the_version_that_the_target_has_now() {
    let change = given([raise(ProposalKind::Enhancement)]);
    let stale = ProposalError::StaleBaseVersion { current: 3 };
    assert_eq!(when(&change, edit(Some(2), Some(3))), Err(stale));
    assert_eq!(when(&change, edit(None, Some(2))).unwrap_err().path(), ["baseVersion"]);
    assert_eq!(when(&change, edit(Some(3), Some(3))), Ok(vec!["proposal.modified"]));
    let modified = given([raise(ProposalKind::Enhancement), edit(Some(3), Some(3))]);
    let publication = modified.to_publish(ID).unwrap();
    assert_eq!((publication.flow, publication.base), (FLOW, Some(3)));
    assert_eq!(publication.origin, FlowOrigin::AiEnhanced);
    assert_eq!(publication.draft.head.name, "Labels come out blank");
    assert_eq!(publication.draft.head.keywords, ["blank"], "what was not edited stays");
}

#[test]
fn a_modified_new_flow_stays_generated_and_an_invalid_edit_is_refused() {
    let new = given([raise(ProposalKind::NewFlow), edit(None, None)]);
    assert_eq!(new.to_publish(ID).unwrap().origin, FlowOrigin::AiGenerated);
    let ProposalAct::Modify(mut broken) = edit(None, None) else { unreachable!() };
    broken.nodes.pop();
    let refused = when(&given([raise(ProposalKind::NewFlow)]), ProposalAct::Modify(broken));
    assert!(matches!(refused, Err(ProposalError::InvalidTree(_))), "{refused:?}");
}

/// Rule 7.1.
#[test]
fn what_was_decided_is_decided() {
    for first in [approve(), edit(None, None), dismiss(), ProposalAct::Reject(Review::default())] {
        let decided = given([raise(ProposalKind::NewFlow), first]);
        for second in [approve(), edit(None, None), dismiss(), ProposalAct::Reject(Review::default())] {
            let refused = when(&decided, second).unwrap_err();
            assert_eq!(refused, ProposalError::AlreadyDecided(decided.status().unwrap()));
        }
    }
}

/// Rule 6.4.
#[test]
fn support_counts_each_session_once_and_three_more_bring_a_dismissed_one_back() {
    let pending = given([raise(ProposalKind::NewFlow), support(1), support(1)]);
    assert_eq!(pending.supporters().count(), 2);
    let dismissed = given([raise(ProposalKind::NewFlow), support(1), dismiss(), support(2), support(3)]);
    assert_eq!(dismissed.status(), Some(ProposalStatus::Dismissed));
    assert_eq!(when(&dismissed, support(4)), Ok(vec!["proposal.supported", "proposal.resurfaced"]));
    let rejected = given([raise(ProposalKind::NewFlow), ProposalAct::Reject(Review::default())]);
    assert_eq!(when(&rejected, support(1)), Err(ProposalError::WrongStatus(ProposalStatus::Rejected)));
}

/// Rule 6.1.
#[test]
fn an_undecided_proposal_goes_with_its_last_supporter_and_a_decided_one_stays() {
    let withdraw = ProposalAct::WithdrawSupport;
    let two = given([raise(ProposalKind::NewFlow), support(1)]);
    assert_eq!(when(&two, withdraw(SOURCE)), Ok(vec!["proposal.support_withdrawn"]));
    assert_eq!(when(&two, withdraw(session(8))), Ok(vec![]), "it never supported it");
    let alone = given([raise(ProposalKind::NewFlow)]);
    let gone = vec!["proposal.support_withdrawn", "proposal.withdrawn"];
    assert_eq!(when(&alone, withdraw(SOURCE)), Ok(gone));
    let approved = given([raise(ProposalKind::NewFlow), approve(), withdraw(SOURCE)]);
    assert_eq!(approved.status(), Some(ProposalStatus::Approved));
    let withdrawn = given([raise(ProposalKind::NewFlow), withdraw(SOURCE)]);
    let refused = when(&withdrawn, approve());
    assert_eq!(refused, Err(ProposalError::WrongStatus(ProposalStatus::Withdrawn)));
}

#[test]
fn what_remains_after_a_withdrawal_is_another_draft_until_somebody_decided() {
    let withdraw = ProposalAct::WithdrawSupport;
    let regrow = |text| ProposalAct::Regrow(Box::new(draft(text)));
    let two = given([raise(ProposalKind::NewFlow), support(2), withdraw(SOURCE)]);
    assert_eq!(when(&two, regrow("Turn it over")), Ok(vec!["proposal.regrown"]));
    let regrown = given([raise(ProposalKind::NewFlow), support(2), withdraw(SOURCE), regrow("Turn it over")]);
    assert_eq!(regrown.draft().map(|draft| draft.nodes.clone()), Some(draft("Turn it over").nodes));
    assert_eq!(when(&regrown, regrow("Turn it over")), Ok(vec![]), "it is that already");
    let approved = given([raise(ProposalKind::NewFlow), support(2), approve(), withdraw(SOURCE)]);
    assert_eq!(when(&approved, regrow("Turn it over")), Ok(vec![]));
}

#[test]
fn a_target_that_moved_on_makes_a_proposal_stale_which_can_still_be_decided() {
    let now = |version, retired| ProposalAct::MarkStale(TargetNow { version, retired });
    let stale = given([raise(ProposalKind::BranchAddition), now(3, false)]);
    assert_eq!(stale.status(), Some(ProposalStatus::Stale));
    assert_eq!(when(&stale, approve()), Err(ProposalError::NeedsEdit));
    assert_eq!(when(&stale, edit(Some(3), Some(3))), Ok(vec!["proposal.modified"]));
    assert_eq!(when(&stale, dismiss()), Ok(vec!["proposal.dismissed"]));
    let current = given([raise(ProposalKind::BranchAddition), now(2, false)]);
    assert_eq!(current.status(), Some(ProposalStatus::Pending), "that is the version that it was made from");
    let retired = given([raise(ProposalKind::BranchAddition), now(2, true)]);
    assert_eq!(retired.status(), Some(ProposalStatus::Stale), "its target is offered no more");
    let ProposalAct::Modify(mut late) = edit(Some(2), Some(2)) else { unreachable!("an edit") };
    late.target = Some(TargetNow { version: 2, retired: true });
    assert_eq!(when(&retired, ProposalAct::Modify(late)), Err(ProposalError::TargetRetired));
    assert_eq!(when(&retired, dismiss()), Ok(vec!["proposal.dismissed"]));
    // Somebody published the target between the decision and its publication.
    let overtaken = given([raise(ProposalKind::Enhancement), edit(Some(2), Some(2)), now(3, false)]);
    assert_eq!(overtaken.status(), Some(ProposalStatus::Modified), "its publication is on its way");
    let refused = ProposalAct::RecordRefusal(TargetNow { version: 3, retired: false });
    assert_eq!(when(&stale, refused.clone()), Ok(vec![]));
    let overtaken = given([raise(ProposalKind::Enhancement), edit(Some(2), Some(2)), refused]);
    assert_eq!(overtaken.status(), Some(ProposalStatus::Stale));
}

#[test]
fn engineers_decide_nothing_and_people_raise_nothing() {
    let engineer = By::Member(Caller { user: UserId(Uuid::nil()), role: Role::Engineer, teams: vec![] });
    let proposal = given([raise(ProposalKind::NewFlow)]);
    for (by, act) in [(engineer, approve()), (reviewer(), support(1)), (By::System, approve())] {
        let refused = proposal.decide(ProposalCommand { by, act });
        assert!(matches!(refused, Err(ProposalError::NotEntitled { .. })), "{refused:?}");
    }
}
