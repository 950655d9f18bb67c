//! Queries and subscriptions take from their member's buckets, once a request (rule 11.7). Mutations do where they are sealed
//! into envelopes, because their refusals are data.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextPrepareRequest, NextValidation,
};
use async_graphql::parser::types::{
    ExecutableDocument, Field, FragmentDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{
    Name, Positioned, Request, ServerError, ServerResult, ValidationResult, Value, Variables,
};

use super::error::Code;
use super::scalar::clamp_count;
use crate::app::App;
use crate::auth::Identity;
use crate::rates::RequestKind;

/// Root fields that compute figures or look for what is like something.
const ANALYSES: [&str; 6] =
    ["dashboard", "knowledgeGaps", "matchFlows", "mttrTrend", "proposalStats", "usage"];
/// Arguments that make a list a search.
const SEARCH: &str = "search";

/// The extension to register on the schema, after the one that makes it keep to the specification.
pub struct RateLimits;

impl ExtensionFactory for RateLimits {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Operation::default())
    }
}

/// One request on its way through the library.
#[derive(Default)]
struct Operation {
    name: OnceLock<Option<String>>,
    kind: OnceLock<RequestKind>,
}

#[async_graphql::async_trait::async_trait]
impl Extension for Operation {
    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        self.name.get_or_init(|| request.operation_name.clone());
        next.run(ctx, request).await
    }

    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let document = next.run(ctx, query, variables).await?;
        let name = self.name.get().and_then(Option::as_deref);
        if let Some(kind) = kind_of(&document, name, variables) {
            self.kind.get_or_init(|| kind);
        }
        Ok(document)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let valid = next.run(ctx).await?;
        let (Some(kind), Some(app), Some(me)) =
            (self.kind.get(), ctx.data_opt::<Arc<App>>(), ctx.data_opt::<Identity>())
        else {
            return Ok(valid);
        };
        app.rates.take(me.caller.user, *kind).map_err(|after| vec![too_many(after)])?;
        Ok(valid)
    }
}

/// That a member sends more than their rate, and when to come back.
pub fn too_many(after: Duration) -> ServerError {
    let mut error = Code::RateLimited.server_error(TOO_MANY, None);
    let after: i32 = clamp_count(after.as_millis().max(1));
    error.extensions.get_or_insert_default().set("retryAfterMs", after);
    error
}

/// What a caller is told who sends more than their rate.
pub(super) const TOO_MANY: &str = "You send more requests than your rate allows; come back a little later.";

/// The kind of the operation that is executed; none for mutations.
fn kind_of(document: &ExecutableDocument, name: Option<&str>, variables: &Variables) -> Option<RequestKind> {
    let mut operations = document.operations.iter();
    let (_, operation) = operations.find(|(it, _)| name.is_none() || it.map(Name::as_str) == name)?;
    if operation.node.ty == OperationType::Mutation {
        return None;
    }
    let root = &operation.node.selection_set.node;
    let analyses = any_field(root, &document.fragments, &|field| is_analysis(field, variables));
    Some(if analyses { RequestKind::Analysis } else { RequestKind::Other })
}

/// Whether a field at the root is so, those in fragments included. Fragments that lead to themselves are no valid document, and
/// at the root no deeper than the document's own limits: they are looked into once.
fn any_field(
    set: &SelectionSet,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    is_so: &dyn Fn(&Field) -> bool,
) -> bool {
    let mut open = vec![set];
    let mut seen: Vec<&Name> = Vec::new();
    while let Some(set) = open.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) if is_so(&field.node) => return true,
                Selection::Field(_) => {}
                Selection::InlineFragment(inline) => open.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let (Some(fragment), false) = (fragments.get(name), seen.contains(&name)) {
                        seen.push(name);
                        open.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
    false
}

fn is_analysis(field: &Field, variables: &Variables) -> bool {
    let searches = || {
        field.arguments.iter().any(|(name, value)| {
            let given = value.node.clone().into_const_with(|name| {
                Ok::<_, std::convert::Infallible>(variables.get(&name).cloned().unwrap_or_default())
            });
            let Ok(given) = given;
            match given {
                Value::Object(fields) => fields.get(SEARCH).is_some_and(|it| *it != Value::Null),
                given => name.node == SEARCH && given != Value::Null,
            }
        })
    };
    ANALYSES.contains(&field.name.node.as_str()) || searches()
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn kind(query: &str, variables: serde_json::Value) -> Option<RequestKind> {
        kind_of(&parse_query(query).unwrap(), None, &Variables::from_json(variables))
    }

    #[test]
    fn figures_and_searches_are_told_from_other_reads_wherever_they_stand() {
        let none = || json!({});
        assert_eq!(kind("{ viewer { role } }", none()), Some(RequestKind::Other));
        assert_eq!(
            kind("{ viewer { role } u: usage { remainingToday } }", none()),
            Some(RequestKind::Analysis)
        );
        let spread = "{ ...f } fragment f on Query { ... on Query { matchFlows(text: \"x\") { score } } }";
        assert_eq!(kind(spread, none()), Some(RequestKind::Analysis));
        let circle = "{ ...f } fragment f on Query { ...f viewer { role } }";
        assert_eq!(kind(circle, none()), Some(RequestKind::Other));
        let literal = "{ sessions(filter: { search: \"pump\" }) { totalCount } }";
        assert_eq!(kind(literal, none()), Some(RequestKind::Analysis));
        let variable = "query($f: SessionFilter) { sessions(filter: $f) { totalCount } }";
        assert_eq!(kind(variable, json!({ "f": { "search": "pump" } })), Some(RequestKind::Analysis));
        assert_eq!(kind(variable, json!({ "f": { "search": null } })), Some(RequestKind::Other));
        assert_eq!(kind(variable, none()), Some(RequestKind::Other));
        assert_eq!(kind("subscription { escalationQueueUpdated { id } }", none()), Some(RequestKind::Other));
        assert_eq!(kind("mutation { pauseSession { position } }", none()), None);
    }
}
