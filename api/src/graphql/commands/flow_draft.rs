//! What a flow's draft is sent as, and how it is read: texts without secrets, scripts that there are.

use std::collections::HashSet;

use async_graphql::{Context, ID, InputObject, Result};
use domain::flow::command::{DraftChange, NewFlow};
use domain::flow::event::{FlowHead, FlowOrigin};
use domain::flow::tree::FlowNode;
use domain::id::{ProposalId, TemplateId};
use domain::refusal::RefusalCode;
use projections::{proposals, script_templates};

use crate::auth::Identity;
use crate::commands::Refusal;
use crate::commands::redacting::{Redacting, bounded};
use crate::graphql::request::{app, fresh, pool, read_failed};
use crate::graphql::scalar::parse_id;
use crate::graphql::vocabulary::{FlowKind, FlowNodeType, ProblemDomain};

/// Most scripts that one tree names: as many as a published tree has nodes.
const MOST_SCRIPTS: usize = 200;

/// A flow to begin. Secrets in its texts are replaced by placeholders before anything is stored.
#[derive(InputObject)]
pub struct CreateFlowInput {
    /// Its name, 1 to 255 characters.
    name: String,
    /// What it is for, at most 4,000 characters.
    description: Option<String>,
    /// A tree of questions, or a straight chain of actions.
    #[graphql(default_with = "Some(FlowKind::Troubleshooting)")]
    kind: Option<FlowKind>,
    /// The area it belongs to.
    problem_domain: Option<ProblemDomain>,
    /// Words and symptom phrases that lead to it, at most 100 of 100 characters.
    keywords: Option<Vec<String>>,
    /// Its first draft; may be invalid until it is published.
    nodes: Vec<FlowNodeInput>,
    /// The proposal that it is copied from.
    from_proposal_id: Option<ID>,
    /// Any UUID: the same key with the same input begins one flow only.
    pub(super) idempotency_key: Option<ID>,
}

/// A change of a flow's draft: what is null stays as it is. Secrets in its texts are replaced by placeholders before
/// anything is stored.
#[derive(InputObject)]
pub struct SaveFlowDraftInput {
    /// The flow.
    pub(super) flow_id: ID,
    /// Its new name, 1 to 255 characters.
    name: Option<String>,
    /// What it is for, at most 4,000 characters; an empty text takes it away.
    description: Option<String>,
    /// The area it belongs to.
    problem_domain: Option<ProblemDomain>,
    /// Words and symptom phrases that lead to it, at most 100 of 100 characters.
    keywords: Option<Vec<String>>,
    /// Its whole new tree; may be invalid until it is published.
    nodes: Option<Vec<FlowNodeInput>>,
    /// The version that the caller has seen.
    pub(super) expected_version: Option<i32>,
    /// Any UUID: the same key with the same input does it once only.
    pub(super) idempotency_key: Option<ID>,
}

/// A node of a flow's tree. Siblings stand in the order given.
#[derive(InputObject)]
pub struct FlowNodeInput {
    /// Unique within its tree, 1 to 64 characters.
    id: ID,
    /// Its parent; the root has none.
    parent_id: Option<ID>,
    /// What it is.
    #[graphql(name = "type")]
    kind: FlowNodeType,
    /// The option that leads to it.
    label: Option<String>,
    /// The question, the instruction, the solution.
    text: String,
    /// Where to look, exact commands, why.
    details: Option<String>,
    /// A script that does it.
    script_template_id: Option<ID>,
}

type Parsed<T> = Result<std::result::Result<T, Vec<Refusal>>>;

impl CreateFlowInput {
    /// The flow that is wanted.
    pub(super) async fn parse(self, ctx: &Context<'_>, me: &Identity) -> Parsed<NewFlow> {
        let from_proposal = match &self.from_proposal_id {
            Some(id) => match known_proposal(ctx, me, id).await? {
                Some(id) => Some(id),
                None => return Ok(Err(vec![Refusal::not_found("proposal", &["fromProposalId"])])),
            },
            None => None,
        };
        let kind = self.kind.unwrap_or(FlowKind::Troubleshooting).into();
        let (name, description, keywords) = (Some(self.name), self.description, self.keywords);
        let domain = self.problem_domain.map(Into::into);
        let written = DraftChange { name, description, domain, keywords, nodes: None };
        Ok(read(ctx, me, written, Some(self.nodes)).await?.map(|draft| NewFlow {
            head: FlowHead {
                name: draft.name.unwrap_or_default(),
                description: draft.description,
                kind,
                domain,
                keywords: draft.keywords.unwrap_or_default(),
            },
            nodes: draft.nodes.unwrap_or_default(),
            origin: FlowOrigin::Manual,
            from_proposal,
        }))
    }
}

impl SaveFlowDraftInput {
    /// The change that is wanted.
    pub(super) async fn parse(self, ctx: &Context<'_>, me: &Identity) -> Parsed<DraftChange> {
        let (name, description, keywords) = (self.name, self.description, self.keywords);
        let domain = self.problem_domain.map(Into::into);
        read(ctx, me, DraftChange { name, description, domain, keywords, nodes: None }, self.nodes).await
    }
}

/// The proposal of this id, if there is one. Copying it decides nothing (7.3).
async fn known_proposal(ctx: &Context<'_>, me: &Identity, id: &ID) -> Result<Option<ProposalId>> {
    let Some(id) = parse_id(id).map(ProposalId) else { return Ok(None) };
    fresh(ctx, &[proposals::NAME]).await?;
    let found = proposals::queries::many(pool(ctx)?, me.account, &[id]).await;
    Ok(found.map_err(|error| read_failed(&error))?.first().map(|row| row.id))
}

/// The draft with these nodes, its texts without secrets.
pub(super) async fn read(
    ctx: &Context<'_>,
    me: &Identity,
    mut draft: DraftChange,
    nodes: Option<Vec<FlowNodeInput>>,
) -> Parsed<DraftChange> {
    let mut refusals = Vec::new();
    if let Some(nodes) = nodes {
        refusals.extend(unknown_scripts(ctx, me, &nodes).await?);
        draft.nodes = Some(nodes.into_iter().map(FlowNode::from).collect());
    }
    let mut texts = texts(&mut draft);
    if let Some((_, path)) = texts.iter().find(|(text, _)| bounded(&[(Some(text), &[])]).is_err()) {
        refusals.push(Refusal::new(RefusalCode::InvalidInput, "The text is too long.", &[path]));
    }
    if !refusals.is_empty() {
        return Ok(Err(refusals));
    }
    let texts = texts.iter_mut().map(|(text, _)| &mut **text).collect();
    Redacting::of_nothing_kept(app(ctx)?, me.account).all(texts).await;
    Ok(Ok(draft))
}

/// What people wrote of a draft, with the field it stands in.
fn texts(draft: &mut DraftChange) -> Vec<(&mut String, &'static str)> {
    let nodes = draft.nodes.iter_mut().flatten().flat_map(|node| {
        let texts = [Some(&mut node.text), node.label.as_mut(), node.details.as_mut()];
        texts.into_iter().flatten().map(|text| (text, "nodes"))
    });
    let keywords = draft.keywords.iter_mut().flatten().map(|text| (text, "keywords"));
    let description = draft.description.as_mut().map(|text| (text, "description"));
    let name = draft.name.as_mut().map(|text| (text, "name"));
    name.into_iter().chain(description).chain(keywords).chain(nodes).collect()
}

/// A refusal for each node whose script the caller can't offer: there is none of this id, or none for them.
async fn unknown_scripts(ctx: &Context<'_>, me: &Identity, nodes: &[FlowNodeInput]) -> Result<Vec<Refusal>> {
    let named = || nodes.iter().filter_map(|node| Some((node, node.script_template_id.as_ref()?)));
    let wanted: HashSet<_> = named().filter_map(|(_, id)| parse_id(id).map(TemplateId)).collect();
    if named().next().is_none() {
        return Ok(Vec::new());
    }
    fresh(ctx, &[script_templates::NAME]).await?;
    let wanted: Vec<_> = wanted.into_iter().take(MOST_SCRIPTS).map(|id| (id, None)).collect();
    let found = script_templates::queries::many(pool(ctx)?, me.account, &wanted).await;
    let known: HashSet<_> = found.map_err(|error| read_failed(&error))?.iter().map(|row| row.id).collect();
    let unknown = named().filter(|(_, id)| parse_id(id).is_none_or(|id| !known.contains(&TemplateId(id))));
    let refusal = |(node, _): (&FlowNodeInput, &ID)| {
        let message = format!("Node \"{}\": there is no such script template.", node.id.as_str());
        let path = ["nodes", node.id.as_str(), "scriptTemplateId"];
        Refusal::new(RefusalCode::UnknownTemplate, message, &path)
    };
    Ok(unknown.take(MOST_SCRIPTS).map(refusal).collect())
}

impl From<FlowNodeInput> for FlowNode {
    fn from(node: FlowNodeInput) -> Self {
        Self {
            id: node.id.0,
            parent_id: node.parent_id.map(|id| id.0),
            kind: node.kind.into(),
            label: node.label,
            text: node.text,
            details: node.details,
            script_template_id: node.script_template_id.as_ref().and_then(parse_id).map(TemplateId),
        }
    }
}
