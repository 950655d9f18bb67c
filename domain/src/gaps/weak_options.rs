//! WEAK_OPTIONS: questions whose options often don't hold the answer, so that people write it themselves.

use std::collections::BTreeMap;

use super::gravity::Gravity;
use super::{
    GapKind, KnowledgeGap, LONGEST_SUBJECT, Meanings, counted, examples, percent, prevailing, sessions, share,
};
use crate::id::{FlowId, SessionId};
use crate::problem::ProblemDomain;
use crate::session::view::{cut_at_word, hides_content};

/// With fewer answers, one person's habit decides the share.
const FEWEST_ANSWERS: i64 = 5;
/// One or two answers in own words are special cases, not a missing option.
const FEWEST_OWN_WORDS: i64 = 3;
/// From this share on it is often: nearly one in three found no option.
const OFTEN: f64 = 0.3;
/// From here on severity rises.
const MANY: i64 = 10;
const LARGE: f64 = 0.6;

/// A question that was answered by an option or in own words.
#[derive(Clone, PartialEq)]
pub struct AnsweredQuestion {
    /// In which session.
    pub session: SessionId,
    /// What that is about.
    pub domain: Option<ProblemDomain>,
    /// The node of a flow that asks it.
    pub node: Option<(FlowId, String)>,
    /// The question.
    pub text: String,
    /// The answer, unless it was an option.
    pub own_words: Option<String>,
}

hides_content!(AnsweredQuestion);

/// The questions, newest first, that were often answered in own words: those of one flow node together, and those that no
/// flow asked by what they mean.
pub fn weak_options(questions: &[AnsweredQuestion], meanings: &Meanings) -> Vec<KnowledgeGap> {
    let mut by_node: BTreeMap<(FlowId, &str), Vec<&AnsweredQuestion>> = BTreeMap::new();
    let mut off_flows: Vec<&AnsweredQuestion> = Vec::new();
    for question in questions {
        match &question.node {
            Some((flow, node)) => by_node.entry((*flow, node)).or_default().push(question),
            None => off_flows.push(question),
        }
    }
    let texts: Vec<&str> = off_flows.iter().map(|question| question.text.as_str()).collect();
    let by_meaning = meanings.groups(&texts).into_iter();
    let by_meaning = by_meaning.map(|group| group.into_iter().map(|place| off_flows[place]).collect());
    by_node.into_values().chain(by_meaning).filter_map(|group: Vec<_>| gap(&group)).collect()
}

fn gap(asked: &[&AnsweredQuestion]) -> Option<KnowledgeGap> {
    let own: Vec<&&AnsweredQuestion> = asked.iter().filter(|question| question.own_words.is_some()).collect();
    let (count, of) = (counted(own.len()), counted(asked.len()));
    let rate = share(count, of);
    if of < FEWEST_ANSWERS || count < FEWEST_OWN_WORDS || rate < OFTEN {
        return None;
    }
    let newest = own.first()?;
    let gravity = Gravity { count, many_from: MANY, rate, large_from: LARGE };
    let (which, action) = if newest.node.is_some() {
        (
            "this question of a flow",
            "Edit the flow: add options for what was often said, or ask in another way.",
        )
    } else {
        (
            "this question and others that mean the same",
            "Create a flow that asks it with options for what was often said; the examples show what that is.",
        )
    };
    Some(KnowledgeGap {
        kind: GapKind::WeakOptions,
        domain: prevailing(own.iter().map(|question| question.domain)),
        severity: gravity.severity(),
        title: format!("The options do not fit: {}", cut_at_word(newest.text.trim(), LONGEST_SUBJECT)),
        description: format!(
            "Of {of} answers to {which}, {count} ({}) were given in free text instead of by an option. {}",
            percent(rate),
            gravity.explanation()
        ),
        suggested_action: action.to_owned(),
        count,
        rate,
        examples: examples(own.iter().filter_map(|question| question.own_words.as_deref())),
        sessions: sessions(own.iter().map(|question| question.session)),
        nodes: Vec::new(),
    })
}
