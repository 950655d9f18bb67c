//! What of a flow is embedded: several short documents, because one long text is near to everything and to nothing (rule 5.2).

use crate::flow::event::FlowHead;
use crate::flow::tree::{FlowNode, FlowNodeType};
use crate::matching::words::is_sentence;

/// Keywords that make up one document.
const GROUP: usize = 4;
/// Most documents of a flow.
const MOST: usize = 100;
/// What an embedder is given of a text, in characters.
const LONGEST: usize = 600;

/// The texts that a flow is found by: what it is for, its symptoms (in small groups, sentences each for itself), its questions. The
/// first one says what it is for; a text that stands there twice is given once.
pub fn documents(head: &FlowHead, nodes: &[FlowNode]) -> Vec<String> {
    let purpose = match &head.description {
        Some(description) => format!("{}. {description}", head.name),
        None => head.name.clone(),
    };
    // Bare codes mean nothing by themselves; keywords are compared word by word anyway.
    let symptoms = head.keywords.iter().filter(|word| word.contains(char::is_alphabetic));
    let (sentences, symptoms): (Vec<_>, Vec<_>) = symptoms.partition(|word| is_sentence(word));
    let symptoms = symptoms
        .chunks(GROUP)
        .map(|group| group.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", "));
    let questions = nodes.iter().filter(|node| node.kind == FlowNodeType::Question);
    let questions = questions.map(|node| format!("{}: {}", head.name, node.text));
    let mut documents: Vec<String> = Vec::new();
    for text in
        std::iter::once(purpose).chain(symptoms).chain(sentences.into_iter().cloned()).chain(questions)
    {
        let text: String = text.chars().take(LONGEST).collect();
        if documents.len() < MOST && !text.trim().is_empty() && !documents.contains(&text) {
            documents.push(text);
        }
    }
    documents
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::library::starter_flows;

    #[test]
    fn a_flow_is_told_by_what_it_is_for_its_symptoms_and_its_questions() {
        let flow = starter_flows().iter().find(|flow| flow.slug == "account-lockout-source").unwrap();
        let texts = documents(&flow.head, &flow.nodes);
        assert!(texts[0].starts_with("Account keeps locking out. A user or service account"), "{}", texts[0]);
        assert!(texts[1].starts_with("locked out, locked out again"), "{}", texts[1]);
        assert!(!texts.iter().any(|text| text.contains("4740,")), "bare codes say nothing");
        let sentence = flow.head.keywords.iter().find(|word| is_sentence(word)).unwrap();
        assert!(texts.contains(sentence), "a sentence is a text of its own");
        assert!(texts.last().unwrap().starts_with("Account keeps locking out: "), "{texts:?}");
    }

    #[test]
    fn they_are_few_short_and_different() {
        for flow in starter_flows() {
            let texts = documents(&flow.head, &flow.nodes);
            let different: std::collections::HashSet<_> = texts.iter().collect();
            assert_eq!(different.len(), texts.len(), "{}", flow.slug);
            assert!(texts.len() <= MOST && texts.iter().all(|text| text.chars().count() <= LONGEST));
        }
        let head = FlowHead { name: "ü".repeat(2_000), ..starter_flows()[0].head.clone() };
        assert_eq!(documents(&head, &[])[0].chars().count(), LONGEST);
    }
}
