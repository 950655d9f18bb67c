//! How long a stream goes on: until the server ends, or the token that it was asked for with.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Result};
use async_stream::stream;
use chrono::{DateTime, Utc};
use domain::clock::Clock;
use futures_util::stream::{BoxStream, Stream, StreamExt as _};
use tokio::time::sleep;

use crate::auth::AuthError;
use crate::graphql::error::Code;
use crate::graphql::request::{app, identity};

/// How often the clock is looked at, at least: it may be put forward meanwhile.
const LOOK: Duration = Duration::from_secs(1);

/// The items as long as the listener's token is taken; then UNAUTHENTICATED, and the end.
pub(super) fn while_admitted<T: Send + 'static>(
    ctx: &Context<'_>,
    items: impl Stream<Item = Result<T>> + Send + 'static,
) -> Result<BoxStream<'static, Result<T>>> {
    let (app, until) = (app(ctx)?, identity(ctx)?.until);
    let (clock, stop) = (app.clock.clone(), app.stop.clone());
    let admitted = stream! {
        let (mut items, mut expired) = (pin!(items), pin!(passed(clock, until)));
        loop {
            let next = tokio::select! {
                biased;
                () = &mut expired => Some(Err(Code::Unauthenticated.error(AuthError::Expired.to_string()))),
                item = items.next() => item.map(Ok),
            };
            match next {
                Some(Ok(item)) => yield item,
                Some(Err(expired)) => {
                    yield Err(expired);
                    return;
                }
                None => return,
            }
        }
    };
    Ok(admitted.take_until(stop.cancelled_owned()).boxed())
}

/// Waits for an instant, by this clock.
async fn passed(clock: Arc<dyn Clock>, until: DateTime<Utc>) {
    while let Ok(left) = (until - clock.now()).to_std()
        && !left.is_zero()
    {
        sleep(left.min(LOOK)).await;
    }
}
