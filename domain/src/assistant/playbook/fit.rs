//! Reading own words: which child of a node they fit, and whether an action worked.

use std::collections::HashSet;

use crate::flow::tree::FlowNode;
use crate::matching::words::{fold, stems_with_negation};

/// What own words say of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It did what was expected.
    Worked,
    /// It did not.
    Failed,
}

const WORKED: [&str; 16] = [
    "that worked",
    "it worked",
    "works now",
    "works again",
    "working now",
    "working again",
    "fixed",
    "solved",
    "succeeded",
    "success",
    "that helped",
    "that did it",
    "funktioniert wieder",
    "geht wieder",
    "hat geholfen",
    "geklappt",
];
const FAILED: [&str; 19] = [
    "still",
    "not work",
    "not help",
    "not fix",
    "not solve",
    "not succeed",
    "n't work",
    "n't help",
    "n't fix",
    "n't solve",
    "failed",
    "no change",
    "no difference",
    "no luck",
    "same error",
    "nicht geholfen",
    "nicht geklappt",
    "geht nicht",
    "immer noch",
];

/// Whether an action worked, as far as the words say.
pub(super) fn verdict(text: &str) -> Option<Verdict> {
    let text = fold(text).replace('’', "'");
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
    // "It worked for an hour, but it still locks": what failed outweighs.
    if says(&FAILED) {
        Some(Verdict::Failed)
    } else if says(&WORKED) {
        Some(Verdict::Worked)
    } else {
        None
    }
}

/// The child of this label.
pub(super) fn labelled<'a>(children: &[&'a FlowNode], label: &str) -> Option<&'a FlowNode> {
    let wanted = fold(label.trim());
    let is_it = |child: &&&FlowNode| child.label.as_deref().is_some_and(|label| fold(label.trim()) == wanted);
    children.iter().find(is_it).copied()
}

/// The child whose words the text fits best; none if it fits none. What all children say tells nothing apart.
pub(super) fn by_words<'a>(children: &[&'a FlowNode], text: &str) -> Option<&'a FlowNode> {
    if let Some(child) = labelled(children, text) {
        return Some(child);
    }
    let said: HashSet<String> = stems_with_negation(text).into_iter().collect();
    let labels: Vec<HashSet<String>> =
        children.iter().map(|child| stems_of(child.label.as_deref())).collect();
    let texts: Vec<HashSet<String>> = children.iter().map(|child| stems_of(Some(&child.text))).collect();
    let mut best: Option<(usize, &FlowNode)> = None;
    for (place, child) in children.iter().enumerate() {
        // A word of the label weighs as much as three of the text below it.
        let score = 3 * telling(place, &labels, &said) + telling(place, &texts, &said);
        let label_fits = telling(place, &labels, &said) > 0;
        // One word in common with a long text is chance.
        if (label_fits || score >= 2) && best.is_none_or(|(most, _)| score > most) {
            best = Some((score, child));
        }
    }
    best.map(|(_, child)| child)
}

fn telling(place: usize, all: &[HashSet<String>], said: &HashSet<String>) -> usize {
    let shared_by_all = |stem: &&String| all.len() > 1 && all.iter().all(|other| other.contains(*stem));
    all[place].iter().filter(|stem| said.contains(*stem)).filter(|stem| !shared_by_all(stem)).count()
}

fn stems_of(text: Option<&str>) -> HashSet<String> {
    text.map(stems_with_negation).into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tree::FlowNodeType;

    fn child(id: &str, label: &str) -> FlowNode {
        FlowNode {
            id: id.into(),
            parent_id: Some("q".into()),
            kind: FlowNodeType::Solution,
            label: Some(label.into()),
            text: "Do what must be done".into(),
            details: None,
            script_template_id: None,
        }
    }

    fn fits(labels: &[&str], text: &str) -> Option<String> {
        let children: Vec<_> = labels.iter().map(|label| child(label, label)).collect();
        by_words(&children.iter().collect::<Vec<_>>(), text).map(|child| child.id.clone())
    }

    #[test]
    fn own_words_find_the_child_that_they_mean() {
        let labels = ["Her phone", "A mapped drive", "A scheduled task"];
        assert_eq!(
            fits(&labels, "I think the mapped drives on her laptop").as_deref(),
            Some("A mapped drive")
        );
        assert_eq!(fits(&labels, "a task that runs at night").as_deref(), Some("A scheduled task"));
        assert_eq!(fits(&labels, "no idea, ask the cleaner"), None);
    }

    #[test]
    fn a_denied_word_fits_the_child_that_denies_it() {
        let labels = ["It prints", "It does not print"];
        assert_eq!(fits(&labels, "no, it doesn't print").as_deref(), Some("It does not print"));
        assert_eq!(fits(&labels, "it prints fine").as_deref(), Some("It prints"));
    }

    #[test]
    fn what_failed_outweighs_what_worked() {
        assert_eq!(verdict("That worked"), Some(Verdict::Worked));
        assert_eq!(verdict("It worked for an hour but it’s still locking"), Some(Verdict::Failed));
        assert_eq!(verdict("Didn’t help"), Some(Verdict::Failed));
        assert_eq!(verdict("The caller is SRV-MAIL"), None);
    }
}
