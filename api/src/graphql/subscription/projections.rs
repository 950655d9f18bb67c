//! Projections as they move: each at once, then whenever it stands otherwise than it was last shown.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Result;
use async_stream::try_stream;
use futures_util::stream::Stream;
use projections::standing;
use tokio::time::sleep;

use super::audience::Audience;
use crate::app::App;
use crate::graphql::projection::Projection;
use crate::graphql::request::read_failed;

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(500);

pub(super) fn follow(
    app: Arc<App>,
    mut audience: Audience,
    name: Option<String>,
) -> impl Stream<Item = Result<Projection>> + Send + use<> {
    try_stream! {
        let mut shown: HashMap<String, Projection> = HashMap::new();
        loop {
            let may = audience.is_still_there().await.map_err(|error| read_failed(&error))?;
            if !may || !audience.caller.role.watches_projections() {
                return;
            }
            let standings = standing::all(&app.pool, app.feed.log(), Some(audience.account)).await;
            for standing in standings.map_err(|error| read_failed(&error))? {
                if name.as_ref().is_some_and(|name| *name != standing.name) {
                    continue;
                }
                let projection = Projection::of(&app, standing, app.clock.now());
                if shown.get(&projection.name) != Some(&projection) {
                    shown.insert(projection.name.clone(), projection.clone());
                    yield projection;
                }
            }
            sleep(LOOK).await;
        }
    }
}
