//! Counts an account's outcomes anew when it says that its days or its hours are other ones: seldom, and page by page.

use std::collections::BTreeMap;

use domain::id::AccountId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::calendar::Calendar;
use super::{day, day_rows, rows};
use crate::error::ProjectionError;

/// So many outcomes are in memory at once.
const PAGE: i64 = 5_000;

/// Places every outcome of an account by this calendar, and adds up its days from nothing.
pub(super) async fn recount(
    connection: &mut PgConnection,
    account: AccountId,
    calendar: &Calendar,
) -> Result<(), ProjectionError> {
    day_rows::forget(connection, account).await?;
    let mut days = BTreeMap::new();
    let mut after = Uuid::nil();
    loop {
        let mut page = rows::page(connection, account, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.session.0;
        for outcome in &mut page {
            outcome.place(calendar);
            day::count(&mut days, outcome, 1);
        }
        rows::store(connection, &page.iter().collect::<Vec<_>>()).await?;
    }
    day_rows::add(connection, days).await
}
