//! The decision table (rule 6.2): what a resolved session is to the knowledge base. The first row that holds wins.

use super::trail::{Met, answered};
use crate::analysis::event::NothingLearnt;
use crate::id::FlowId;
use crate::matching::MatchPolicy;
use crate::session::view::{GivenResult, SessionView, StepPart};

/// What the table looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// At least one step was answered.
    pub has_path: bool,
    /// The score of the flow that the session followed; none without a match.
    pub matched: Option<f64>,
    /// Free text instead of options, or a step off the flow.
    pub strayed: bool,
    /// What came of the flow's solutions.
    pub solved: Solved,
}

/// What came of the solutions that the flow suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Solved {
    /// None was suggested and tried.
    Untried,
    /// None of those that were tried helped: another solution did.
    Otherwise,
    /// One of them helped.
    ByFlow,
}

/// What a session is to the knowledge base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It teaches nothing.
    Nothing(NothingLearnt),
    /// There should be a flow for it.
    NewFlow,
    /// The flow should change.
    Change,
    /// The flow held.
    Reinforced,
}

/// The first row that holds.
pub fn verdict(facts: &Facts, policy: &MatchPolicy) -> Verdict {
    let Facts { has_path, matched, strayed, solved } = *facts;
    let diverged = strayed || solved == Solved::Otherwise;
    match matched {
        _ if !has_path => Verdict::Nothing(NothingLearnt::NoPath),
        None => Verdict::NewFlow,
        Some(_) if diverged => Verdict::Change,
        Some(score) if score >= policy.guide_from && solved == Solved::ByFlow => Verdict::Reinforced,
        Some(score) if score < policy.guide_from => Verdict::Nothing(NothingLearnt::BelowGuiding),
        Some(_) => Verdict::Nothing(NothingLearnt::Unfinished),
    }
}

impl Facts {
    /// What a session's course comes to.
    pub fn of(view: &SessionView) -> Self {
        let trail = answered(view);
        let chosen = view.matched.as_ref().and_then(|matched| matched.chosen.as_ref());
        Self {
            has_path: view.steps.iter().any(|step| step.kind().is_answerable() && step.answer.is_some()),
            matched: chosen.map(|chosen| chosen.score.score()),
            strayed: chosen.is_some_and(|chosen| first_stray(&trail, chosen.flow).is_some()),
            solved: chosen.map_or(Solved::Untried, |chosen| solved(&trail, chosen.flow)),
        }
    }
}

/// The place in the trail where it left the flow: the answer in own words to a question of it, or the first step off it. What
/// came before the flow's first step is none.
pub(super) fn first_stray(trail: &[Met<'_>], flow: FlowId) -> Option<usize> {
    let begins = trail.iter().position(|met| met.node_of(flow).is_some()).unwrap_or(0);
    trail.iter().enumerate().skip(begins).find(|(_, met)| strays(met, flow)).map(|(at, _)| at)
}

fn strays(met: &Met<'_>, flow: FlowId) -> bool {
    let in_own_words =
        matches!(met.step.part, StepPart::Question { .. }) && matches!(met.given, GivenResult::FreeText(_));
    in_own_words || met.node_of(flow).is_none()
}

fn solved(trail: &[Met<'_>], flow: FlowId) -> Solved {
    let mut tried = trail.iter().filter(|met| {
        met.is_suggestion() && met.node_of(flow).is_some() && *met.given != GivenResult::Skipped
    });
    let Some(first) = tried.next() else { return Solved::Untried };
    if first.held() || tried.any(Met::held) { Solved::ByFlow } else { Solved::Otherwise }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Learnt;
    use crate::session::answer::Answer;
    use crate::session::sample::{
        Log, acted, action, answered, flow_match, matched, option, presented, question, resolved, suggestion,
    };
    use crate::session::step::{StepContent, StepOption};

    /// Rule 6.2, row by row.
    #[test]
    fn the_first_row_of_the_table_that_holds_wins() {
        use NothingLearnt::{BelowGuiding, NoPath, Unfinished};
        use Solved::{ByFlow, Otherwise, Untried};
        let rows: [(bool, Option<f64>, bool, Solved, Verdict); 12] = [
            (false, None, false, Untried, Verdict::Nothing(NoPath)),
            (false, Some(0.9), false, Untried, Verdict::Nothing(NoPath)),
            (true, None, false, Untried, Verdict::NewFlow),
            (true, Some(0.9), true, ByFlow, Verdict::Change),
            (true, Some(0.9), true, Untried, Verdict::Change),
            (true, Some(0.9), false, Otherwise, Verdict::Change),
            (true, Some(0.6), true, ByFlow, Verdict::Change),
            (true, Some(0.8), false, ByFlow, Verdict::Reinforced),
            (true, Some(0.79), false, ByFlow, Verdict::Nothing(BelowGuiding)),
            (true, Some(0.79), false, Untried, Verdict::Nothing(BelowGuiding)),
            (true, Some(0.8), false, Untried, Verdict::Nothing(Unfinished)),
            (true, Some(1.0), false, Untried, Verdict::Nothing(Unfinished)),
        ];
        for (has_path, matched, strayed, solved, expected) in rows {
            let facts = Facts { has_path, matched, strayed, solved };
            assert_eq!(verdict(&facts, &MatchPolicy::default()), expected, "{facts:?}");
        }
    }

    fn followed() -> Log {
        Log::started()
            .with(matched())
            .with(presented(1, question("Which one?", &["This", "That"]), 0.9, true))
            .with(answered(1, Answer::Option(option("This"))))
    }

    fn facts(log: Log) -> Facts {
        Facts::of(&log.with(resolved("Cleared the stored credential.", None)).view())
    }

    #[test]
    fn a_course_along_the_flow_to_its_solution_does_not_stray() {
        let solved = followed()
            .with(presented(2, suggestion("Clear the stored credential."), 0.9, true))
            .with(answered(2, acted(true, "Gone.")));
        let found = facts(solved);
        assert_eq!((found.has_path, found.strayed, found.solved), (true, false, Solved::ByFlow));
        assert!(found.matched.is_some_and(|score| score > 0.8));
    }

    #[test]
    fn a_skip_is_no_divergence_and_leaves_it_unfinished() {
        let skipped = Log::started()
            .with(matched())
            .with(presented(1, question("Which one?", &["This", "That"]), 0.9, true))
            .with(answered(1, Answer::Skipped));
        let found = facts(skipped);
        assert_eq!((found.has_path, found.strayed, found.solved), (true, false, Solved::Untried));
    }

    #[test]
    fn own_words_a_step_off_the_flow_and_another_solution_are_divergence() {
        let own_words = Log::started()
            .with(matched())
            .with(presented(1, question("Which one?", &["This", "That"]), 0.9, true))
            .with(answered(1, Answer::FreeText("The third one.".into())));
        assert!(facts(own_words).strayed);
        let off_flow = followed()
            .with(presented(2, StepContent::Action(action("Look at the plug.")), 0.5, false))
            .with(answered(2, acted(true, "Loose.")));
        assert!(facts(off_flow).strayed);
        let other = followed()
            .with(presented(2, suggestion("Clear the stored credential."), 0.9, true))
            .with(answered(2, acted(false, "Still there.")));
        let found = facts(other);
        assert_eq!((found.strayed, found.solved), (false, Solved::Otherwise));
    }

    #[test]
    fn what_told_close_matches_apart_before_the_flow_was_chosen_is_no_step_off_it() {
        let told_apart = Log::started()
            .with(presented(1, question("Which of these?", &["A", "B"]), 0.6, false))
            .with(answered(1, Answer::Option(option("A"))))
            .with(matched())
            .with(presented(2, suggestion("Clear the stored credential."), 0.9, true))
            .with(answered(2, acted(true, "Gone.")));
        assert!(!facts(told_apart).strayed);
    }

    #[test]
    fn the_question_which_match_to_follow_is_an_answer_but_neither_a_step_off_the_flow_nor_a_move() {
        let flow = flow_match().candidates[0].flow;
        let to_flow = StepOption { leads_to: Some(flow.to_string()), ..option("A") };
        let mut asked = question("Which of these?", &["None of these"]);
        if let StepContent::Question { options, .. } = &mut asked {
            options.push(to_flow.clone());
        }
        let told_apart = Log::started()
            .with(presented(1, asked, 0.6, false))
            .with(answered(1, Answer::Option(to_flow)))
            .with(matched());
        let found = facts(told_apart.clone());
        assert_eq!((found.has_path, found.strayed, found.solved), (true, false, Solved::Untried));
        let learnt = Learnt::of(&told_apart.with(resolved("Cleared it.", None)).view()).unwrap();
        assert_eq!(learnt.moves, []);
    }

    #[test]
    fn a_session_without_answers_has_no_path_and_one_without_a_flow_no_match() {
        assert!(!facts(Log::started()).has_path);
        assert_eq!(facts(Log::started()).matched, None);
    }
}
