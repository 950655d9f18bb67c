//! A structure for a flow, from sessions that solved the same problem: grown as the flywheel grows a new flow (rule 6.6).

use crate::analysis::Learnt;
use crate::analysis::lesson::new_flow;
use crate::flow::tree::FlowNode;
use crate::session::view::SessionView;

/// The tree of the first session whose course makes a valid one, with branches where the others went another way; empty if
/// there is none.
pub(super) fn structure(solved: &[SessionView]) -> Vec<FlowNode> {
    let courses: Vec<(&SessionView, Learnt)> =
        solved.iter().filter_map(|view| Some((view, Learnt::of(view)?))).collect();
    let grown = courses.iter().enumerate().find_map(|(place, (view, course))| {
        let others = courses.iter().enumerate().filter(|(other, _)| *other != place);
        let all: Vec<Learnt> =
            std::iter::once(course).chain(others.map(|(_, (_, course))| course)).cloned().collect();
        new_flow(view, &all).ok()
    });
    grown.map(|draft| draft.nodes).unwrap_or_default()
}
