//! What the flywheel makes of a resolved session: the decision table, what is learnt, and the record of the outcome.
//!
//! The record is an aggregate of its own beside the session: a session's stream is about the case, and is over when the case
//! is.

mod graft;
mod growth;
mod outline;
mod table;
mod trail;

pub mod command;
pub mod error;
pub mod event;
pub mod lesson;

pub use growth::{Learnt, grow};
pub use outline::Outline;
pub(crate) use outline::{MAX_KEYWORD, MAX_KEYWORDS, MAX_TITLE};
pub use table::{Facts, Solved, Verdict, verdict};

use chrono::NaiveDate;
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::access::By;
use crate::analysis::command::{AnalysisAct, AnalysisCommand};
use crate::analysis::error::AnalysisError;
use crate::analysis::event::{
    AnalysisCompleted, AnalysisDeferred, AnalysisEvent, AnalysisFailed, AnalysisRequested, AnalysisTakenUp,
    AnalysisWithdrawn, Finding,
};
use crate::id::{AnalysisId, ProposalId, SessionId};

/// The analysis of a session as its events have made it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Analysis {
    version: u64,
    standing: Standing,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
enum Standing {
    /// Nothing was recorded, or what was is withdrawn.
    #[default]
    Open,
    /// The session's resolution of this version was analysed.
    Completed { resolution: u64, finding: Finding },
    /// It was given up for the resolution of this version.
    Failed { resolution: u64 },
    /// It waits for the day after this one.
    Deferred { resolution: u64, day: NaiveDate },
}

impl Analysis {
    /// The id of a session's analysis.
    pub fn id_of(session: SessionId) -> AnalysisId {
        AnalysisId::derived(session.0, "analysis")
    }

    /// The proposal that the session supports by what was found.
    pub fn proposal(&self) -> Option<ProposalId> {
        match &self.standing {
            Standing::Completed { finding, .. } => finding.proposal(),
            Standing::Open | Standing::Failed { .. } | Standing::Deferred { .. } => None,
        }
    }

    /// Whether the session's resolution of this version was analysed.
    pub fn is_of(&self, version: u64) -> bool {
        matches!(&self.standing, Standing::Completed { resolution, .. } if *resolution == version)
    }

    /// The events that a command leads to; none if it changes nothing.
    ///
    /// # Errors
    /// It can't be done, or not by the caller.
    pub fn decide(&self, command: AnalysisCommand) -> Result<Vec<AnalysisEvent>, AnalysisError> {
        let AnalysisCommand { by, session, act } = command;
        match (by, act) {
            (By::System, AnalysisAct::Complete { resolution, finding, tokens }) => {
                Ok(if self.is_of(resolution) {
                    vec![]
                } else {
                    let completed = AnalysisCompleted { session, resolution, finding, tokens };
                    vec![AnalysisEvent::Completed(completed)]
                })
            }
            (By::System, AnalysisAct::Fail { resolution, reason, tokens }) => {
                Ok(vec![AnalysisEvent::Failed(AnalysisFailed { session, resolution, reason, tokens })])
            }
            (By::System, AnalysisAct::Defer { resolution, day, tokens }) => {
                Ok(vec![AnalysisEvent::Deferred(AnalysisDeferred { session, resolution, day, tokens })])
            }
            (By::System, AnalysisAct::TakeUp { day: due }) => Ok(match self.standing {
                Standing::Deferred { resolution, day } if day == due => {
                    vec![AnalysisEvent::TakenUp(AnalysisTakenUp { session, resolution })]
                }
                _ => vec![],
            }),
            (By::System, AnalysisAct::Withdraw) => Ok(match self.standing {
                Standing::Open => vec![],
                Standing::Completed { .. } | Standing::Failed { .. } | Standing::Deferred { .. } => {
                    vec![AnalysisEvent::Withdrawn(AnalysisWithdrawn { session })]
                }
            }),
            (By::Member(caller), AnalysisAct::Retry) if caller.role.publishes_flows() => {
                match self.standing {
                    Standing::Failed { resolution } | Standing::Deferred { resolution, .. } => {
                        let by = caller.user;
                        Ok(vec![AnalysisEvent::Requested(AnalysisRequested { session, resolution, by })])
                    }
                    Standing::Open | Standing::Completed { .. } => Err(AnalysisError::NotFailed),
                }
            }
            (By::System | By::Member(_), _) => Err(AnalysisError::NotEntitled),
        }
    }
}

impl Aggregate for Analysis {
    const TYPE: &'static str = "analysis";
    type Command = AnalysisCommand;
    type Event = AnalysisEvent;
    type Error = AnalysisError;
    type Services = ();

    async fn handle(
        &mut self,
        command: AnalysisCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), AnalysisError> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: AnalysisEvent) {
        self.version += 1;
        self.standing = match event {
            AnalysisEvent::Completed(completed) => {
                Standing::Completed { resolution: completed.resolution, finding: completed.finding }
            }
            AnalysisEvent::Failed(failed) => Standing::Failed { resolution: failed.resolution },
            AnalysisEvent::Deferred(AnalysisDeferred { resolution, day, .. }) => {
                Standing::Deferred { resolution, day }
            }
            AnalysisEvent::Withdrawn(_) | AnalysisEvent::Requested(_) | AnalysisEvent::TakenUp(_) => {
                Standing::Open
            }
        };
    }
}

#[cfg(test)]
mod tests;
