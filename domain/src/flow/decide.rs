//! Decides what a command to a flow leads to (rules 5.1, 11.2).

use crate::access::{By, Role};
use crate::flow::command::{DraftChange, FlowAct, FlowCommand, NewFlow};
use crate::flow::error::FlowError;
use crate::flow::event::{
    FlowCreated, FlowDraftSaved, FlowEvent, FlowHead, FlowOrigin, FlowPublished, FlowRetired,
};
use crate::flow::tree::FlowNode;
use crate::flow::validation::validate;
use crate::flow::{Flow, FlowStatus, Outline};
use crate::input::{InputFault, InvalidInput, Length, Path, refuse_nul};

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
            (None, FlowAct::SaveDraft(_) | FlowAct::Publish | FlowAct::Retire) => Err(FlowError::NotFound),
            (Some(_), FlowAct::Create(_) | FlowAct::CreateAndPublish(_)) => Err(FlowError::AlreadyExists),
            (Some(flow), FlowAct::SaveDraft(change)) => flow.save_draft(&by, change),
            (Some(flow), FlowAct::Publish) => flow.publish(&by),
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

fn checked_head(head: FlowHead) -> Result<FlowHead, InvalidInput> {
    NAME.check(&head.name, &["name"])?;
    let description = head.description.filter(|text| !crate::input::is_blank(text));
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
    let texts = nodes.iter().flat_map(|node| {
        [
            Some(&node.id),
            node.parent_id.as_ref(),
            node.label.as_ref(),
            Some(&node.text),
            node.details.as_ref(),
        ]
    });
    for text in texts.flatten() {
        refuse_nul(text, NODES)?;
        Length::between(0, MAX_DRAFT_TEXT).check(text, NODES)?;
    }
    Ok(())
}
