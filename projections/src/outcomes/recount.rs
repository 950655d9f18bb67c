//! Counts an account's outcomes anew when it says that its days or its hours are other ones: seldom, and page by page.

use std::collections::BTreeMap;

use domain::id::AccountId;
use domain::local_days::monday;
use sqlx::PgConnection;
use uuid::Uuid;

use super::calendar::{self, Standing};
use super::{day, day_rows, rows, starts};
use crate::error::ProjectionError;

/// So many outcomes are in memory at once.
const PAGE: i64 = 5_000;

/// Places every outcome of an account by its calendar, and adds up its days from nothing.
pub(super) async fn recount(
    connection: &mut PgConnection,
    account: AccountId,
    standing: &Standing,
) -> Result<(), ProjectionError> {
    let Some(today) = standing.today() else { return Ok(()) };
    day_rows::forget(connection, account).await?;
    starts::forget(connection, account).await?;
    let (mut days, mut begun) = (BTreeMap::new(), starts::Starts::new());
    let mut after = Uuid::nil();
    loop {
        let mut page = rows::page(connection, account, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.session.0;
        for outcome in &mut page {
            outcome.place(&standing.calendar);
            starts::count(&mut begun, outcome, 1);
            if outcome.close.is_some_and(|close| close.day < today) {
                day::count(&mut days, outcome, 1);
            }
        }
        rows::store(connection, &page.iter().collect::<Vec<_>>()).await?;
    }
    starts::add(connection, begun).await?;
    day_rows::add(connection, &days).await?;
    let of_weeks = days.iter().filter(|(place, _)| place.day < monday(today));
    day_rows::add_to_weeks(connection, of_weeks).await?;
    calendar::set_summed(connection, account, today).await
}
