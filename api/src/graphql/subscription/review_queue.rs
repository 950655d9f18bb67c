//! Proposals that are raised, gain support or are decided, each as it stands then.

use std::sync::Arc;

use async_graphql::Result;
use async_stream::try_stream;
use domain::id::{AccountId, ProposalId};
use domain::recorded_event::RecordedEvent;
use futures_util::stream::Stream;
use projections::proposals::{self, queries};

use super::audience::Audience;
use crate::app::App;
use crate::graphql::proposal::Proposal;
use crate::graphql::request::read_failed;

/// How many events of the log are looked at in one go.
const PAGE: usize = 500;

/// What changes in the review queue from now on.
pub(super) fn follow(
    app: Arc<App>,
    mut audience: Audience,
) -> impl Stream<Item = Result<Proposal>> + Send + use<> {
    try_stream! {
        let account = audience.account;
        let mut from = *app.feed.head().borrow();
        let mut head = app.feed.head();
        loop {
            let stretch = app.feed.after(from, PAGE).await.map_err(|error| read_failed(&error))?;
            for event in stretch.events.iter().filter(|event| concerns(event, account)) {
                if !audience.is_still_there().await.map_err(|error| read_failed(&error))? {
                    return;
                }
                // Whoever asks for the queue now is to find it so.
                let read = [proposals::NAME];
                while !app.freshness.reaches(&read, event.position, app.settings.freshness_wait).await {}
                let rows = queries::many(&app.pool, account, &[ProposalId(event.aggregate_id)]).await;
                for row in rows.map_err(|error| read_failed(&error))? {
                    yield Proposal::from(row);
                }
            }
            if stretch.up_to > from {
                from = stretch.up_to;
            } else if head.wait_for(|head| *head > from).await.is_err() {
                return;
            }
        }
    }
}

/// Paths that held are nothing to review.
fn concerns(event: &RecordedEvent, account: AccountId) -> bool {
    event.aggregate_type == "proposal"
        && event.metadata.account == account
        && event.event_type != "proposal.path_reinforced"
}
