//! Flows told what to do by members: every fault of a tree is a refusal of its own, and names its node.

use domain::access::By;
use domain::flow::Flow;
use domain::flow::command::{FlowAct, FlowCommand};
use domain::flow::error::FlowError;
use domain::flow::validation::TreeFault;
use domain::id::{CorrelationId, FlowId};
use domain::metadata::Actor;
use domain::refusal::RefusalCode;
use event_store::error::{ExecuteError, StoreError};
use event_store::executor::{CommandContext, Committed};

use crate::app::App;
use crate::auth::Identity;
use crate::commands::{CommandError, Envelope, Refusal, refused};

/// A command was not carried out: for every reason at once, or because the store could not do it now.
#[derive(Debug, thiserror::Error)]
pub enum FlowCommandError {
    /// The caller can act on it.
    #[error("refused: {0:?}")]
    Refused(Vec<Refusal>),
    /// Nothing is lost, and the same command id may be sent again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A flow's command by a member.
pub async fn flow(
    app: &App,
    me: &Identity,
    id: FlowId,
    act: FlowAct,
    envelope: &Envelope,
) -> Result<Committed, FlowCommandError> {
    let context = CommandContext {
        expected_version: envelope.expected_version,
        correlation: CorrelationId(envelope.command.0),
        is_new: matches!(act, FlowAct::Create(_)),
        ..CommandContext::new(me.account, Actor::User(me.caller.user), envelope.command, envelope.input_hash)
    };
    let command = FlowCommand { by: By::Member(me.caller.clone()), act };
    app.store.execute::<Flow>(id.0, command, context).await.map_err(refusals)
}

fn refusals(error: ExecuteError<FlowError>) -> FlowCommandError {
    match error {
        ExecuteError::Domain(FlowError::InvalidTree(faults)) => {
            FlowCommandError::Refused(faults.iter().map(of_fault).collect())
        }
        ExecuteError::Domain(FlowError::NotFound) => {
            FlowCommandError::Refused(vec![Refusal::not_found("flow", &["flowId"])])
        }
        error => match refused(error, |error| Refusal::new(error.code(), error.to_string(), error.path())) {
            CommandError::Refused(refusal) => FlowCommandError::Refused(vec![refusal]),
            CommandError::Store(error) => error.into(),
        },
    }
}

/// The path leads to the node by its id: a place in a list means little where the nodes were sent long before.
pub(super) fn of_fault(fault: &TreeFault) -> Refusal {
    let path: Vec<_> = std::iter::once("nodes").chain(fault.node.as_deref()).collect();
    Refusal::new(RefusalCode::InvalidTree, fault.to_string(), &path)
}
