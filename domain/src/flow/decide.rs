//! Decides what a command to a flow leads to (rules 5.1, 11.2).

use crate::access::{By, Role};
use crate::flow::command::{DraftChange, FlowAct, FlowCommand, NewFlow, ProposedVersion};
use crate::flow::error::FlowError;
use crate::flow::event::{
    FlowCreated, FlowDraftSaved, FlowEvent, FlowHead, FlowOrigin, FlowPublished, FlowRetired,
};
use crate::flow::tree::FlowNode;
use crate::flow::validation::validate;
use crate::flow::{Flow, FlowStatus, Outline};
use crate::input::{InputFault, InvalidInput, Length, Path, is_blank, refuse_nul};

type Decision = Result<Vec<FlowEvent>, FlowError>;

const NAME: Length = Length::up_to(255);
const DESCRIPTION: usize = 4_000;
const KEYWORD: Length = Length::up_to(100);
const MAX_KEYWORDS: usize = 100;
/// A draft may break every rule of a tree, but not fill the log.
const MAX_DRAFT_NODES: usize = 1_000;
const MAX_DRAFT_TEXT: usize = 10_000;
const NODES: Path = &["nodes"];

impl Flow {
    /// The events that a command leads to; none if it changes nothing.
    pub fn decide(&self, command: FlowCommand) -> Decision {
        let FlowCommand { by, act } = command;
        match (&self.outline, act) {
            (None, FlowAct::Create(new)) => create(&by, new),
            (None, FlowAct::CreateAndPublish(new)) => create_and_publish(&by, new),
            (None, FlowAct::PublishProposal(proposed)) => begin_proposed(&by, *proposed),
            (None, FlowAct::SaveDraft(_) | FlowAct::Publish | FlowAct::Retire) => Err(FlowError::NotFound),
            (Some(_), FlowAct::Create(_) | FlowAct::CreateAndPublish(_)) => Err(FlowError::AlreadyExists),
            (Some(flow), FlowAct::SaveDraft(change)) => flow.save_draft(&by, change),
            (Some(flow), FlowAct::Publish) => flow.publish(&by),
            (Some(flow), FlowAct::PublishProposal(proposed)) => flow.publish_proposed(&by, *proposed),
            (Some(flow), FlowAct::Retire) => flow.retire(&by),
        }
    }
}

impl Outline {
    fn save_draft(&self, by: &By, change: DraftChange) -> Decision {
        as_drafter(by)?;
        self.not_retired()?;
        let head = FlowHead {
            name: change.name.unwrap_or_else(|| self.head.name.clone()),
            description: change.description.or_else(|| self.head.description.clone()),
            kind: self.head.kind,
            domain: change.domain.or(self.head.domain),
            keywords: change.keywords.unwrap_or_else(|| self.head.keywords.clone()),
        };
        let head = checked_head(head)?;
        let nodes = change.nodes.unwrap_or_else(|| self.nodes.clone());
        check_draft(&nodes)?;
        if head == self.head && nodes == self.nodes {
            return Ok(vec![]);
        }
        Ok(vec![FlowEvent::DraftSaved(FlowDraftSaved { head, nodes })])
    }

    fn publish(&self, by: &By) -> Decision {
        as_publisher(by)?;
        self.not_retired()?;
        if !self.has_draft {
            return Err(FlowError::NothingToPublish);
        }
        validate(self.head.kind, &self.nodes).map_err(FlowError::InvalidTree)?;
        Ok(vec![FlowEvent::Published(FlowPublished {
            version: self.published_version.unwrap_or(0) + 1,
            head: self.head.clone(),
            nodes: self.nodes.clone(),
            origin: self.draft_origin,
            source_session: None,
            source_proposal: None,
        })])
    }

    /// The draft that people have begun is kept beside the new version.
    fn publish_proposed(&self, by: &By, proposed: ProposedVersion) -> Decision {
        as_publisher(by)?;
        self.not_retired()?;
        let current = self.published_version.unwrap_or(0);
        if proposed.base != Some(current) {
            return Err(FlowError::StaleBaseVersion { current });
        }
        let published = proposed_version(proposed, current + 1)?;
        let draft = FlowDraftSaved { head: self.head.clone(), nodes: self.nodes.clone() };
        let kept = self.has_draft.then_some(FlowEvent::DraftSaved(draft));
        Ok(std::iter::once(FlowEvent::Published(published)).chain(kept).collect())
    }

    fn retire(&self, by: &By) -> Decision {
        as_publisher(by)?;
        self.not_retired()?;
        Ok(vec![FlowEvent::Retired(FlowRetired {})])
    }

    fn not_retired(&self) -> Result<(), FlowError> {
        if self.status == FlowStatus::Retired { Err(FlowError::Retired) } else { Ok(()) }
    }
}

fn create(by: &By, new: NewFlow) -> Decision {
    as_drafter(by)?;
    if matches!(by, By::Member(_)) && new.origin != FlowOrigin::Manual {
        return Err(FlowError::NotEntitled { who: "FlowPilot itself" });
    }
    Ok(vec![FlowEvent::Created(created(new)?)])
}

fn created(new: NewFlow) -> Result<FlowCreated, InvalidInput> {
    let NewFlow { head, nodes, origin, from_proposal } = new;
    let head = checked_head(head)?;
    check_draft(&nodes)?;
    Ok(FlowCreated { head, nodes, origin, from_proposal })
}

fn create_and_publish(by: &By, new: NewFlow) -> Decision {
    match by {
        By::System => {}
        By::Member(_) => return Err(FlowError::NotEntitled { who: "FlowPilot itself" }),
    }
    let created = created(new)?;
    validate(created.head.kind, &created.nodes).map_err(FlowError::InvalidTree)?;
    let published = FlowPublished {
        version: 1,
        head: created.head.clone(),
        nodes: created.nodes.clone(),
        origin: created.origin,
        source_session: None,
        source_proposal: created.from_proposal,
    };
    Ok(vec![FlowEvent::Created(created), FlowEvent::Published(published)])
}

fn begin_proposed(by: &By, proposed: ProposedVersion) -> Decision {
    as_publisher(by)?;
    let from_proposal = Some(proposed.proposal);
    let published = proposed_version(proposed, 1)?;
    let (head, nodes, origin) = (published.head.clone(), published.nodes.clone(), published.origin);
    let created = FlowCreated { head, nodes, origin, from_proposal };
    Ok(vec![FlowEvent::Created(created), FlowEvent::Published(published)])
}

fn proposed_version(proposed: ProposedVersion, version: u32) -> Result<FlowPublished, FlowError> {
    let head = checked_head(proposed.head)?;
    validate(head.kind, &proposed.nodes).map_err(FlowError::InvalidTree)?;
    Ok(FlowPublished {
        version,
        head,
        nodes: proposed.nodes,
        origin: proposed.origin,
        source_session: Some(proposed.session),
        source_proposal: Some(proposed.proposal),
    })
}

fn as_drafter(by: &By) -> Result<(), FlowError> {
    entitled(by, Role::drafts_flows, "engineers, team admins and owners")
}

fn as_publisher(by: &By) -> Result<(), FlowError> {
    entitled(by, Role::publishes_flows, "team admins and owners")
}

fn entitled(by: &By, may: fn(Role) -> bool, who: &'static str) -> Result<(), FlowError> {
    match by {
        By::System => Ok(()),
        By::Member(caller) if may(caller.role) => Ok(()),
        By::Member(_) => Err(FlowError::NotEntitled { who }),
    }
}

/// What a flow is about, within its bounds.
pub(crate) fn checked_head(head: FlowHead) -> Result<FlowHead, InvalidInput> {
    NAME.check(&head.name, &["name"])?;
    let description = head.description.filter(|text| !is_blank(text));
    if let Some(description) = &description {
        Length::up_to(DESCRIPTION).check(description, &["description"])?;
    }
    if head.keywords.len() > MAX_KEYWORDS {
        return Err(InvalidInput::new(&["keywords"], InputFault::TooMany { max: MAX_KEYWORDS }));
    }
    for keyword in &head.keywords {
        KEYWORD.check(keyword, &["keywords"])?;
    }
    Ok(FlowHead { name: head.name.trim().to_owned(), description, ..head })
}

/// Any shape, but bounded and storable.
fn check_draft(nodes: &[FlowNode]) -> Result<(), InvalidInput> {
    if nodes.len() > MAX_DRAFT_NODES {
        return Err(InvalidInput::new(NODES, InputFault::TooMany { max: MAX_DRAFT_NODES }));
    }
    texts(nodes).try_for_each(|text| Length::between(0, MAX_DRAFT_TEXT).check(text, NODES))
}

/// Whatever else is said of a tree, it can be stored.
pub(crate) fn check_storable(nodes: &[FlowNode]) -> Result<(), InvalidInput> {
    texts(nodes).try_for_each(|text| refuse_nul(text, NODES))
}

fn texts(nodes: &[FlowNode]) -> impl Iterator<Item = &String> {
    let texts = nodes.iter().flat_map(|node| {
        [
            Some(&node.id),
            node.parent_id.as_ref(),
            node.label.as_ref(),
            Some(&node.text),
            node.details.as_ref(),
        ]
    });
    texts.flatten()
}

#[cfg(test)]
mod tests {
    use cqrs_es::Aggregate;
    use cqrs_es::test::TestFramework;
    use uuid::Uuid;

    use super::*;
    use crate::access::Caller;
    use crate::flow::event::FlowKind;
    use crate::flow::tree::FlowNodeType;
    use crate::id::UserId;
    use crate::problem::ProblemDomain;
    use crate::refusal::RefusalCode;

    fn member(role: Role) -> By {
        By::Member(Caller { user: UserId(Uuid::nil()), role, teams: vec![] })
    }

    fn node(id: &str, parent: Option<&str>, kind: FlowNodeType) -> FlowNode {
        FlowNode {
            id: id.into(),
            parent_id: parent.map(Into::into),
            kind,
            label: parent.map(|_| id.to_uppercase()),
            text: format!("Text of {id}"),
            details: None,
            script_template_id: None,
        }
    }

    fn valid_tree() -> Vec<FlowNode> {
        vec![
            node("root", None, FlowNodeType::Question),
            node("yes", Some("root"), FlowNodeType::Solution),
            node("no", Some("root"), FlowNodeType::Solution),
        ]
    }

    fn invalid_tree() -> Vec<FlowNode> {
        valid_tree().into_iter().take(2).collect()
    }

    fn new(nodes: Vec<FlowNode>, origin: FlowOrigin) -> NewFlow {
        let head = FlowHead {
            name: "Slow logon".into(),
            description: Some("What makes it slow".into()),
            kind: FlowKind::Troubleshooting,
            domain: Some(ProblemDomain::Endpoint),
            keywords: vec!["slow logon".into()],
        };
        NewFlow { head, nodes, origin, from_proposal: None }
    }

    fn create(nodes: Vec<FlowNode>) -> FlowAct {
        FlowAct::Create(new(nodes, FlowOrigin::Manual))
    }

    fn starter(nodes: Vec<FlowNode>) -> FlowAct {
        FlowAct::CreateAndPublish(new(nodes, FlowOrigin::Starter))
    }

    fn told(acts: impl IntoIterator<Item = FlowAct>) -> (Flow, Vec<FlowEvent>) {
        let (mut flow, mut events) = (Flow::default(), Vec::new());
        for act in acts {
            let news = flow.decide(FlowCommand { by: By::System, act }).unwrap();
            news.iter().cloned().for_each(|event| flow.apply(event));
            events.extend(news);
        }
        (flow, events)
    }

    fn when(given: impl IntoIterator<Item = FlowAct>, by: By, act: FlowAct) -> Decision {
        TestFramework::<Flow>::with(()).given(told(given).1).when(FlowCommand { by, act }).inspect_result()
    }

    fn code(outcome: Decision) -> RefusalCode {
        outcome.unwrap_err().code()
    }

    fn renamed(name: &str) -> FlowAct {
        FlowAct::SaveDraft(DraftChange { name: Some(name.into()), ..DraftChange::default() })
    }

    // Rule 5.1.
    #[test]
    fn a_draft_may_be_invalid_but_not_published_and_the_refusal_names_the_node() {
        assert!(when([], By::System, create(invalid_tree())).is_ok());
        let error = when([create(invalid_tree())], By::System, FlowAct::Publish).unwrap_err();
        assert_eq!(error.code(), RefusalCode::InvalidTree);
        assert_eq!(error.path(), ["nodes"]);
        assert!(error.to_string().contains("\"root\""), "{error}");
        assert_eq!(code(when([], By::System, starter(invalid_tree()))), RefusalCode::InvalidTree);
    }

    #[test]
    fn a_starter_flow_is_begun_and_published_at_once() {
        let events = when([], By::System, starter(valid_tree())).unwrap();
        let [FlowEvent::Created(created), FlowEvent::Published(published)] = events.as_slice() else {
            panic!("{events:?}")
        };
        assert_eq!((created.origin, published.origin), (FlowOrigin::Starter, FlowOrigin::Starter));
        assert_eq!((published.version, &published.nodes), (1, &valid_tree()));
        let owner = when([], member(Role::Owner), starter(valid_tree()));
        assert_eq!(code(owner), RefusalCode::NotEntitled);
    }

    #[test]
    fn each_change_that_is_published_is_a_version_of_its_own() {
        let (flow, _) = told([create(valid_tree())]);
        assert_eq!((flow.status(), flow.published_version()), (Some(FlowStatus::Draft), None));
        let (flow, _) = told([create(valid_tree()), FlowAct::Publish]);
        assert_eq!((flow.status(), flow.published_version()), (Some(FlowStatus::Published), Some(1)));
        let again = when([create(valid_tree()), FlowAct::Publish], By::System, FlowAct::Publish);
        assert_eq!(code(again), RefusalCode::WrongStatus);
        let (flow, events) = told([starter(valid_tree()), renamed("Slow sign-in"), FlowAct::Publish]);
        assert_eq!((flow.version(), flow.published_version()), (4, Some(2)));
        let FlowEvent::Published(second) = &events[3] else { panic!("{events:?}") };
        assert_eq!((second.head.name.as_str(), second.origin), ("Slow sign-in", FlowOrigin::Manual));
    }

    #[test]
    fn saving_a_draft_keeps_what_it_does_not_name() {
        let outcome = when([create(valid_tree())], By::System, renamed("Slow sign-in")).unwrap();
        let head = FlowHead { name: "Slow sign-in".into(), ..new(vec![], FlowOrigin::Manual).head };
        let saved = FlowDraftSaved { head, nodes: valid_tree() };
        assert_eq!(outcome, [FlowEvent::DraftSaved(saved)]);
        let nothing = FlowAct::SaveDraft(DraftChange::default());
        assert_eq!(when([create(valid_tree())], By::System, nothing), Ok(vec![]));
    }

    // Rule 11.2.
    #[test]
    fn engineers_draft_and_team_admins_publish() {
        let given = || [create(valid_tree())];
        for role in [Role::Engineer, Role::TeamAdmin, Role::Owner] {
            assert!(when([], member(role), create(valid_tree())).is_ok(), "{role:?}");
            assert!(when(given(), member(role), renamed("x")).is_ok(), "{role:?}");
        }
        for role in [Role::Analyst, Role::SuperAdmin] {
            assert_eq!(code(when([], member(role), create(valid_tree()))), RefusalCode::NotEntitled);
            assert_eq!(code(when(given(), member(role), renamed("x"))), RefusalCode::NotEntitled);
        }
        for (role, may) in [(Role::Engineer, false), (Role::TeamAdmin, true), (Role::Owner, true)] {
            for act in [FlowAct::Publish, FlowAct::Retire] {
                assert_eq!(when(given(), member(role), act).is_ok(), may, "{role:?}");
            }
        }
    }

    #[test]
    fn people_make_manual_flows() {
        let act = FlowAct::Create(new(valid_tree(), FlowOrigin::Starter));
        assert_eq!(code(when([], member(Role::Owner), act)), RefusalCode::NotEntitled);
    }

    #[test]
    fn a_retired_flow_stays_as_it_is() {
        let given = || [starter(valid_tree()), FlowAct::Retire];
        for act in [renamed("x"), FlowAct::Publish, FlowAct::Retire] {
            assert_eq!(code(when(given(), By::System, act)), RefusalCode::WrongStatus);
        }
        assert_eq!(told(given()).0.status(), Some(FlowStatus::Retired));
    }

    #[test]
    fn what_never_began_is_not_found_and_what_began_is_not_begun_again() {
        for act in [renamed("x"), FlowAct::Publish, FlowAct::Retire] {
            assert_eq!(code(when([], By::System, act)), RefusalCode::NotFound);
        }
        for act in [create(valid_tree()), starter(valid_tree())] {
            assert_eq!(code(when([create(vec![])], By::System, act)), RefusalCode::WrongStatus);
        }
    }

    #[test]
    fn names_keywords_and_drafts_are_bounded() {
        let changed = |change: DraftChange| {
            let error = when([create(valid_tree())], By::System, FlowAct::SaveDraft(change)).unwrap_err();
            assert_eq!(error.code(), RefusalCode::InvalidInput);
            error.path().to_vec()
        };
        let with_name = |name: String| DraftChange { name: Some(name), ..DraftChange::default() };
        let with_nodes = |nodes| DraftChange { nodes: Some(nodes), ..DraftChange::default() };
        let with_keywords = |keywords| DraftChange { keywords: Some(keywords), ..DraftChange::default() };
        assert_eq!(changed(with_name(" ".into())), ["name"]);
        assert_eq!(changed(with_name("x".repeat(256))), ["name"]);
        assert_eq!(changed(with_keywords(vec![String::new()])), ["keywords"]);
        assert_eq!(changed(with_keywords(vec!["x".into(); 101])), ["keywords"]);
        let node = node("root", None, FlowNodeType::Solution);
        assert_eq!(changed(with_nodes(vec![node.clone(); 1_001])), ["nodes"]);
        let nul = FlowNode { text: "a\0".into(), ..node };
        assert_eq!(changed(with_nodes(vec![nul])), ["nodes"]);
    }
}
