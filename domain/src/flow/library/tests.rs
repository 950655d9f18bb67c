use std::collections::HashSet;

use super::*;
use crate::flow::decide::checked_head;

const SMALL: &str = "
name: Printer is silent
domain: PRINTING
keywords: [printer, \"9100\"]
tree:
  id: power
  question: Is it on?
  options:
    - label: Yes
      next:
        id: page
        action: Print a page.
        details: |
          At the device.
        script: {template: print-page}
        succeeded: {id: cable, solution: Change the cable.}
        failed: {id: repair, solution: Have it repaired.}
    - label: No
      next: {id: switch, action: Switch it on., next: {id: done, solution: It was off.}}
";

fn fault(text: &str) -> String {
    read("small.yaml", text).expect_err("it should be refused").to_string()
}

#[test]
fn a_nested_tree_becomes_a_flat_one_with_parents_first() {
    let flow = read("small.yaml", SMALL).unwrap();
    assert_eq!((flow.slug.as_str(), flow.head.kind), ("small", FlowKind::Troubleshooting));
    let shape: Vec<_> = flow
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node.parent_id.as_deref(), node.label.as_deref()))
        .collect();
    assert_eq!(
        shape,
        [
            ("power", None, None),
            ("page", Some("power"), Some("Yes")),
            ("cable", Some("page"), Some("It worked")),
            ("repair", Some("page"), Some("It did not work")),
            ("switch", Some("power"), Some("No")),
            ("done", Some("switch"), None),
        ]
    );
    assert_eq!(flow.nodes[1].details.as_deref(), Some("At the device."));
}

#[test]
fn what_is_wrong_is_said_with_file_and_node() {
    let both = SMALL.replace("action: Print a page.", "action: Print.\n        question: Really?");
    assert_eq!(
        fault(&both),
        "small.yaml, node \"page\": it needs exactly one of question, action and solution."
    );
    let half = SMALL.replace("        failed: {id: repair, solution: Have it repaired.}\n", "");
    assert!(
        fault(&half).starts_with("small.yaml, node \"page\": an action is followed by next"),
        "{}",
        fault(&half)
    );
    let twice = SMALL.replace("id: done", "id: page");
    assert_eq!(fault(&twice), "small.yaml: Node \"page\": its id is used more than once.");
    let typo = SMALL.replace("details:", "detials:");
    assert!(fault(&typo).contains("detials"), "{}", fault(&typo));
    assert!(fault("tree: [").starts_with("small.yaml: "));
}

#[test]
fn every_starter_flow_asks_and_solves_and_all_domains_are_covered() {
    // Rule 5.4.
    let flows = starter_flows();
    assert!(flows.len() >= 16, "only {} flows", flows.len());
    for flow in flows {
        let count = |kind| flow.nodes.iter().filter(|node| node.kind == kind).count();
        assert!(count(FlowNodeType::Question) >= 3, "{} has too few questions", flow.slug);
        assert!(count(FlowNodeType::Solution) >= 2, "{} has too few solutions", flow.slug);
        assert!((1..=255).contains(&flow.head.name.chars().count()), "{}", flow.slug);
        assert!(flow.head.description.is_some() && flow.head.keywords.len() >= 5, "{}", flow.slug);
        // What a command would refuse never becomes an account's flow.
        assert_eq!(checked_head(flow.head.clone()).as_ref(), Ok(&flow.head), "{}", flow.slug);
    }
    let domains: HashSet<_> = flows.iter().filter_map(|flow| flow.head.domain).collect();
    assert_eq!(domains.len(), ProblemDomain::ALL.len(), "only {domains:?}");
    let slugs: HashSet<_> = flows.iter().map(|flow| &flow.slug).collect();
    let names: HashSet<_> = flows.iter().map(|flow| &flow.head.name).collect();
    assert_eq!((slugs.len(), names.len()), (flows.len(), flows.len()));
}
