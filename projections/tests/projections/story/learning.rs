//! What a random history makes of proposals, and of the analyses of its sessions.

use chrono::NaiveDate;
use domain::access::By;
use domain::analysis::Analysis;
use domain::analysis::command::{AnalysisAct, AnalysisCommand};
use domain::analysis::event::{Finding, NothingLearnt};
use domain::flow::event::{FlowHead, FlowKind};
use domain::flow::tree::{FlowNode, FlowNodeType};
use domain::id::{FlowId, ProposalId, SessionId};
use domain::matching::likeness::Means;
use domain::problem::ProblemDomain;
use domain::proposal::Proposal;
use domain::proposal::command::{Modification, ProposalAct, ProposalCommand, Review, Support, TargetNow};
use domain::proposal::event::{
    PathReinforced, ProposalDraft, ProposalPublished, ProposalRaised, ProposalTarget,
};
use domain::proposal::status::ProposalKind;
use domain::session::step::Tokens;
use uuid::Uuid;

use super::{Story, allowed};
use crate::world::new_id;

impl Story<'_> {
    /// A new proposal of the session, or something that happens to one that there is; or to the session's analysis.
    pub(super) async fn learn(&mut self, place: u8, who: u8, detail: u8) {
        let (at, session) = self.sessions[usize::from(place) % self.sessions.len()];
        let msp = &self.msps[at];
        let person = By::Member(msp.people[usize::from(who) % msp.people.len()].clone());
        if detail % 16 >= 12 {
            let act = analysis(detail, session);
            let by = if matches!(act, AnalysisAct::Retry) { person } else { By::System };
            let command = AnalysisCommand { by, session, act };
            let id = Analysis::id_of(session);
            allowed(&self.world.tell::<Analysis>(msp.account, id.0, command).await);
            return;
        }
        if detail % 16 < 3 || self.proposals.is_empty() {
            self.proposals.push((at, ProposalId(new_id())));
        }
        let newest = self.proposals.len() - 1;
        let which = if detail % 16 < 3 { newest } else { usize::from(place) % self.proposals.len() };
        let (at, id) = self.proposals[which];
        let act = proposal(detail, session);
        let by = match act {
            ProposalAct::Approve(_)
            | ProposalAct::Modify(_)
            | ProposalAct::Reject(_)
            | ProposalAct::Dismiss(_) => person,
            _ => By::System,
        };
        let command = ProposalCommand { by, act };
        allowed(&self.world.tell::<Proposal>(self.msps[at].account, id.0, command).await);
    }
}

fn analysis(detail: u8, session: SessionId) -> AnalysisAct {
    let resolution = 7;
    let (day, tokens) =
        (NaiveDate::default(), Tokens { input: u64::from(detail), output: 1, cached: 0, calls: 1 });
    match detail % 4 {
        0 => {
            let finding = if detail.is_multiple_of(8) {
                Finding::Nothing { reason: NothingLearnt::NoPath }
            } else {
                Finding::Supported { proposal: ProposalId(session.0) }
            };
            AnalysisAct::Complete { resolution, finding, tokens }
        }
        1 if detail.is_multiple_of(3) => AnalysisAct::Defer { resolution, day, tokens },
        1 => AnalysisAct::Fail { resolution, reason: "It could not be done.".to_owned(), tokens },
        2 if detail.is_multiple_of(3) => AnalysisAct::TakeUp { day },
        2 => AnalysisAct::Withdraw,
        _ => AnalysisAct::Retry,
    }
}

fn proposal(detail: u8, session: SessionId) -> ProposalAct {
    let flow = FlowId(Uuid::from_u128(u128::from(detail % 3) + 1));
    let review = Review { notes: (detail % 32 < 16).then(|| "Looked at it.".into()) };
    match detail % 16 {
        0 => raise(ProposalKind::NewFlow, None, detail, session),
        1 => {
            let target = Some(ProposalTarget { flow, base_version: 1 });
            raise(ProposalKind::BranchAddition, target, detail, session)
        }
        2 => ProposalAct::Reinforce(PathReinforced {
            flow,
            version: 1,
            session,
            team: None,
            title: "A path".to_owned(),
            domain: None,
        }),
        3 => ProposalAct::Support(Support { session, similarity: 0.75, by: Means::Words, draft: None }),
        4 => {
            let draft = Some(draft(detail));
            ProposalAct::Support(Support {
                session: SessionId(new_id()),
                similarity: 0.5,
                by: Means::Words,
                draft,
            })
        }
        5 => ProposalAct::WithdrawSupport(session),
        6 => ProposalAct::Approve(review),
        7 => ProposalAct::Modify(Box::new(Modification {
            base_version: Some(2),
            target: Some(TargetNow { version: 2, retired: false }),
            title: Some("Edited".to_owned()),
            description: None,
            keywords: None,
            nodes: draft(detail).nodes,
            notes: review.notes,
        })),
        8 => ProposalAct::Reject(review),
        9 => ProposalAct::Dismiss(review),
        10 if detail % 32 > 16 => ProposalAct::Regrow(Box::new(draft(detail))),
        10 => ProposalAct::MarkStale(TargetNow { version: 2, retired: false }),
        _ => ProposalAct::RecordPublication(ProposalPublished { flow, version: 3 }),
    }
}

fn raise(kind: ProposalKind, target: Option<ProposalTarget>, detail: u8, source: SessionId) -> ProposalAct {
    ProposalAct::Raise(Box::new(ProposalRaised {
        kind,
        target,
        team: None,
        source,
        draft: draft(detail).into(),
        diff: None,
        made_by: None,
        topic: None,
    }))
}

fn draft(detail: u8) -> ProposalDraft {
    let solution = FlowNode {
        id: "step-1".to_owned(),
        parent_id: None,
        kind: FlowNodeType::Solution,
        label: None,
        text: format!("Solution {detail}"),
        details: None,
        script_template_id: None,
    };
    let head = FlowHead {
        name: format!("Proposed {detail}"),
        description: None,
        kind: FlowKind::Troubleshooting,
        domain: detail.is_multiple_of(2).then_some(ProblemDomain::Email),
        keywords: vec![format!("word {detail}")],
    };
    let description = detail.is_multiple_of(3).then(|| "What solved it".to_owned());
    ProposalDraft { title: head.name.clone(), description, head, nodes: vec![solution] }
}
