//! Checking the log against the ledger: every block is computed anew, and the first event that differs is named.

use domain::recorded_event::Position;
use sqlx::PgPool;

use super::block::{self, Block, Entry};
use super::{Fault, Head};
use crate::as_stored;
use crate::error::StoreError;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Up to here log and ledger agree.
    pub head: Option<Head>,
    /// Up to here the log is in the ledger.
    pub covered: Position,
    /// How many events that are.
    pub events: u64,
    /// Where they disagree first.
    pub fault: Option<Fault>,
}

/// Checks the whole ledger, and that it holds a head that was kept elsewhere. One block is in memory at a time.
pub async fn check(pool: &PgPool, kept: Option<Head>) -> Result<Checked, StoreError> {
    check_seen(pool, kept, |_| ()).await
}

/// The same, telling up to where it has come, again and again.
pub async fn check_seen(
    pool: &PgPool,
    kept: Option<Head>,
    mut seen: impl FnMut(Position),
) -> Result<Checked, StoreError> {
    let mut checked = Checked { head: None, covered: Position::START, events: 0, fault: None };
    let mut previous = Head::NONE;
    while let Some(stored) = block::after(pool, previous.number).await? {
        if let Some(fault) = check_block(pool, previous, checked.covered, &stored, kept).await? {
            checked.fault = Some(fault);
            return Ok(checked);
        }
        checked.covered = stored.last_position();
        seen(checked.covered);
        checked.events += stored.entries.len() as u64;
        previous = stored.head;
        checked.head = Some(previous);
    }
    if let Some(kept) = kept.filter(|kept| kept.number > previous.number) {
        let what = format!(
            "the log ends at block {}, before the head that was kept ({})",
            previous.number, kept.number
        );
        checked.fault = Some(Fault { position: Position(checked.covered.0 + 1), what });
    }
    Ok(checked)
}

async fn check_block(
    pool: &PgPool,
    previous: Head,
    covered: Position,
    stored: &Block,
    kept: Option<Head>,
) -> Result<Option<Fault>, StoreError> {
    let number = stored.head.number;
    let next = Position(covered.0 + 1);
    if number != previous.number + 1 || stored.entries.is_empty() {
        let what = format!("block {} of the ledger is missing", previous.number + 1);
        return Ok(Some(Fault { position: next, what }));
    }
    let first = stored.entries.first().map_or(next, |entry| entry.position);
    if Block::following(previous, stored.entries.clone()).head != stored.head {
        let what = format!("block {number} of the ledger was changed, or one before it");
        return Ok(Some(Fault { position: first, what }));
    }
    // One more than there should be is enough to see that there are too many.
    let wanted = stored.entries.len() + 1;
    let events = as_stored::page(pool, covered, stored.last_position(), wanted).await?;
    let found: Vec<Entry> = events.iter().map(Entry::of).collect();
    if let Some(fault) = first_difference(&stored.entries, &found) {
        return Ok(Some(fault));
    }
    if let Some(kept) = kept.filter(|kept| kept.number == number && *kept != stored.head) {
        let what = format!(
            "block {} has another hash than the head that was kept: log and ledger were written anew, \
                            at some place up to position {}",
            kept.number,
            stored.last_position()
        );
        return Ok(Some(Fault { position: first, what }));
    }
    Ok(None)
}

fn first_difference(expected: &[Entry], found: &[Entry]) -> Option<Fault> {
    let places = expected.len().max(found.len());
    (0..places).find_map(|place| {
        let (position, what) = match (expected.get(place), found.get(place)) {
            (Some(expected), Some(found)) if expected == found => return None,
            (Some(expected), Some(found)) if expected.position == found.position => {
                (expected.position, "the event was changed after it was stored")
            }
            (Some(expected), Some(found)) if expected.position > found.position => {
                (found.position, "the event was slipped in after the ledger had passed")
            }
            (Some(expected), _) => (expected.position, "the event is missing"),
            (None, found) => (found?.position, "the event was slipped in after the ledger had passed"),
        };
        Some(Fault { position, what: what.to_owned() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(position: i64, digest: u8) -> Entry {
        Entry { position: Position(position), digest: [digest; 32] }
    }

    #[test]
    fn the_first_event_that_differs_is_named() {
        let ledger = [entry(1, 1), entry(3, 3), entry(4, 4)];
        let fault = |found: &[Entry]| first_difference(&ledger, found).map(|fault| fault.position.0);
        assert_eq!(fault(&ledger), None);
        assert_eq!(fault(&[entry(1, 1), entry(3, 9), entry(4, 9)]), Some(3), "changed");
        assert_eq!(fault(&[entry(1, 1), entry(4, 4)]), Some(3), "missing");
        assert_eq!(fault(&[entry(1, 1), entry(2, 2), entry(3, 3), entry(4, 4)]), Some(2), "slipped in");
        assert_eq!(fault(&[entry(1, 1), entry(3, 3)]), Some(4), "the last one missing");
        assert_eq!(fault(&[]), Some(1), "all missing");
    }

    #[test]
    fn a_block_depends_on_the_one_before_and_on_the_order() {
        let one = Block::following(Head::NONE, vec![entry(1, 1), entry(2, 2)]);
        let other = Block::following(one.head, vec![entry(1, 1), entry(2, 2)]);
        let swapped = Block::following(Head::NONE, vec![entry(1, 2), entry(2, 1)]);
        assert_ne!(one.head.hash, other.head.hash);
        assert_ne!(one.head.hash, swapped.head.hash);
        assert_eq!(other.head.number, 2);
    }
}
