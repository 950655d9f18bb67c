use super::*;
use FlowNodeType::{Action, Question, Solution};

fn node(id: &str, parent: &str, kind: FlowNodeType) -> FlowNode {
    FlowNode {
        id: id.into(),
        parent_id: (!parent.is_empty()).then(|| parent.into()),
        kind,
        label: Some(format!("to {id}")),
        text: format!("Text of {id}"),
        details: None,
        script_template_id: None,
    }
}

fn small() -> Vec<FlowNode> {
    vec![
        node("q", "", Question),
        node("a", "q", Action),
        node("fixed", "a", Solution),
        node("other", "a", Solution),
        node("s", "q", Solution),
    ]
}

fn faults(nodes: &[FlowNode]) -> Vec<(Option<String>, TreeProblem)> {
    validate(FlowKind::Troubleshooting, nodes)
        .expect_err("it should be refused")
        .into_iter()
        .map(|fault| (fault.node, fault.problem))
        .collect()
}

fn only_fault(nodes: &[FlowNode]) -> (String, TreeProblem) {
    let mut all = faults(nodes);
    assert_eq!(all.len(), 1, "one fault expected, got {all:?}");
    let (node, problem) = all.remove(0);
    (node.unwrap_or_default(), problem)
}

#[test]
fn a_tree_of_questions_actions_and_solutions_is_valid() {
    assert_eq!(validate(FlowKind::Troubleshooting, &small()), Ok(()));
}

#[test]
fn a_single_solution_is_a_tree() {
    assert_eq!(validate(FlowKind::Troubleshooting, &[node("s", "", Solution)]), Ok(()));
}

#[test]
fn an_empty_tree_is_refused() {
    assert_eq!(faults(&[]), [(None, TreeProblem::Empty)]);
}

#[test]
fn a_second_root_is_named() {
    let mut nodes = small();
    nodes.push(node("lost", "", Solution));
    assert_eq!(only_fault(&nodes), ("lost".into(), TreeProblem::SecondRoot("q".into())));
}

#[test]
fn an_unknown_parent_is_named() {
    let mut nodes = small();
    nodes.push(node("lost", "nowhere", Solution));
    assert_eq!(only_fault(&nodes), ("lost".into(), TreeProblem::UnknownParent("nowhere".into())));
}

#[test]
fn a_duplicate_id_is_named_once() {
    let mut nodes = small();
    nodes.push(node("s", "q", Solution));
    assert_eq!(only_fault(&nodes), ("s".into(), TreeProblem::DuplicateId));
}

#[test]
fn a_cycle_beside_the_root_is_found_and_what_hangs_on_it_does_not_hang_the_check() {
    let mut nodes = small();
    nodes.extend([node("x", "y", Action), node("y", "x", Action), node("below", "y", Solution)]);
    assert_eq!(only_fault(&nodes), ("x".into(), TreeProblem::Cycle));
}

#[test]
fn a_node_that_is_its_own_parent_leaves_the_tree_without_a_root() {
    let found = faults(&[node("me", "me", Action)]);
    assert_eq!(found, [(None, TreeProblem::NoRoot), (Some("me".into()), TreeProblem::Cycle)]);
}

#[test]
fn a_question_needs_two_to_five_children() {
    let one = [node("q", "", Question), node("s", "q", Solution)];
    assert_eq!(only_fault(&one), ("q".into(), TreeProblem::QuestionChildren(1)));

    let mut six = vec![node("q", "", Question)];
    six.extend((0..6).map(|n| node(&format!("s{n}"), "q", Solution)));
    assert_eq!(only_fault(&six), ("q".into(), TreeProblem::QuestionChildren(6)));
    six.pop();
    assert_eq!(validate(FlowKind::Troubleshooting, &six), Ok(()));
}

#[test]
fn a_question_s_children_need_labels_and_an_action_s_do_not() {
    let mut nodes = small();
    for node in &mut nodes {
        node.label = None;
    }
    nodes[4].label = Some("  ".into());
    let nodes_at_fault: Vec<_> = faults(&nodes).into_iter().map(|(node, _)| node.unwrap()).collect();
    assert_eq!(nodes_at_fault, ["a", "s"]);
}

#[test]
fn an_action_has_one_child_or_two_and_is_never_a_leaf() {
    let mut nodes = small();
    nodes.push(node("third", "a", Solution));
    assert_eq!(only_fault(&nodes), ("a".into(), TreeProblem::ActionChildren(3)));
    assert_eq!(only_fault(&[node("a", "", Action)]), ("a".into(), TreeProblem::LeafIsNoSolution));
}

#[test]
fn a_solution_ends_its_path() {
    let mut nodes = small();
    nodes.push(node("after", "s", Solution));
    assert_eq!(only_fault(&nodes), ("s".into(), TreeProblem::SolutionChildren(1)));
}

fn chain(actions: usize) -> Vec<FlowNode> {
    let mut nodes: Vec<_> = (0..actions)
        .map(|n| node(&format!("n{n}"), &n.checked_sub(1).map_or(String::new(), |p| format!("n{p}")), Action))
        .collect();
    nodes.push(node("end", &format!("n{}", actions - 1), Solution));
    nodes
}

#[test]
fn twenty_five_levels_are_allowed_and_the_first_node_below_them_is_named() {
    assert_eq!(validate(FlowKind::Troubleshooting, &chain(24)), Ok(()));
    assert_eq!(only_fault(&chain(30)), ("n25".into(), TreeProblem::TooDeep));
}

#[test]
fn more_than_two_hundred_nodes_are_refused() {
    let mut nodes = vec![node("root", "", Question)];
    let mut parents = vec!["root".to_owned()];
    while nodes.len() < 201 {
        let parent = parents.remove(0);
        for n in 0..5 {
            let id = format!("{parent}{n}");
            nodes.push(node(&id, &parent, Question));
            parents.push(id);
        }
    }
    for id in &parents {
        nodes.iter_mut().find(|node| node.id == *id).unwrap().kind = Solution;
    }
    assert_eq!(nodes.len(), 201);
    assert_eq!(faults(&nodes), [(None, TreeProblem::TooManyNodes(201))]);
}

#[test]
fn ids_and_texts_are_bounded() {
    let mut nodes = small();
    nodes[2].text = " \n".into();
    nodes[3].text = "ü".repeat(2_001);
    nodes[4].id = "x".repeat(65);
    assert_eq!(
        faults(&nodes).into_iter().map(|(_, problem)| problem).collect::<Vec<_>>(),
        [TreeProblem::TextLength(0), TreeProblem::TextLength(2_001), TreeProblem::IdLength(65)]
    );
    nodes[2].text = "x".into();
    nodes[3].text = "ü".repeat(2_000);
    nodes[4].id = "x".repeat(64);
    assert_eq!(validate(FlowKind::Troubleshooting, &nodes), Ok(()));
}

#[test]
fn a_procedure_is_a_chain_of_actions_that_ends_in_a_solution() {
    assert_eq!(validate(FlowKind::Procedure, &chain(3)), Ok(()));
    let problems: Vec<_> = validate(FlowKind::Procedure, &small())
        .unwrap_err()
        .into_iter()
        .map(|fault| (fault.node.unwrap(), fault.problem))
        .collect();
    assert_eq!(
        problems,
        [
            ("q".to_owned(), TreeProblem::QuestionInProcedure),
            ("a".to_owned(), TreeProblem::ForkInProcedure(2))
        ]
    );
}

#[test]
fn a_long_list_of_broken_nodes_is_checked_in_linear_time() {
    // A quadratic check would need hours for this; it fails by never ending.
    let mut nodes = chain(200_000);
    nodes.reverse();
    assert!(validate(FlowKind::Troubleshooting, &nodes).is_err());
}

#[test]
fn a_fault_reads_as_a_sentence_that_names_its_node() {
    let fault = TreeFault { node: Some("q1".into()), problem: TreeProblem::QuestionChildren(1) };
    assert_eq!(fault.to_string(), "Node \"q1\": a question needs two to five children, it has 1.");
}
