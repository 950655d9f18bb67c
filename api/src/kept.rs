//! What is made of an account's rows once and kept while they stay as they are.

use std::sync::Arc;

use domain::id::AccountId;
use moka::sync::Cache;
use tokio::sync::Mutex;

/// Rows of an account, and what is made of them.
pub(crate) trait Source: Sync {
    /// Tells whether the rows are still the same.
    type Mark: PartialEq + Send + Sync + 'static;
    /// What is kept.
    type Made: Send + Sync + 'static;
    /// Why they can't be read.
    type Error;

    /// The mark of now.
    fn mark(&self) -> impl Future<Output = Result<Self::Mark, Self::Error>> + Send;

    /// What is made of the rows as they are.
    fn make(&self) -> impl Future<Output = Result<Self::Made, Self::Error>> + Send;
}

/// What is kept of each account, with the mark that tells whether its rows are still the same. Cheap to clone.
pub(crate) struct Kept<S: Source> {
    slots: Cache<AccountId, Slot<S>>,
}

type Slot<S> = Arc<Mutex<Option<(<S as Source>::Mark, Arc<<S as Source>::Made>)>>>;

impl<S: Source> Clone for Kept<S> {
    fn clone(&self) -> Self {
        Self { slots: self.slots.clone() }
    }
}

impl<S: Source> Kept<S> {
    /// Nothing yet; of so many accounts at most.
    pub(crate) fn new(accounts: u64) -> Self {
        Self { slots: Cache::new(accounts) }
    }

    /// What is kept under the mark of now, or what is made. One caller makes it, and those who come meanwhile wait for it.
    ///
    /// # Errors
    /// The mark can't be told, or the thing can't be made: then the next one tries.
    pub(crate) async fn get(&self, account: AccountId, of: &S) -> Result<Arc<S::Made>, S::Error> {
        let now = of.mark().await?;
        let slot = self.slots.get_with(account, Slot::<S>::default);
        let mut kept = slot.lock().await;
        if let Some(kept) = under(kept.as_ref(), &now) {
            return Ok(kept);
        }
        // Whoever waited here may find something that is newer than the mark it brought.
        let now = of.mark().await?;
        if let Some(kept) = under(kept.as_ref(), &now) {
            return Ok(kept);
        }
        let made = Arc::new(of.make().await?);
        *kept = Some((now, made.clone()));
        Ok(made)
    }
}

fn under<M: PartialEq, T>(kept: Option<&(M, Arc<T>)>, mark: &M) -> Option<Arc<T>> {
    kept.filter(|(of, _)| of == mark).map(|(_, thing)| thing.clone())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;
    use tokio::task::yield_now;
    use uuid::Uuid;

    use super::*;

    const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
    const OTHER: AccountId = AccountId(Uuid::from_u128(2));

    /// Rows that change, and how often something was made of them.
    #[derive(Default)]
    struct Rows {
        version: AtomicU32,
        made: AtomicU32,
    }

    const UNREADABLE: u32 = 99;

    impl Source for Rows {
        type Mark = u32;
        type Made = u32;
        type Error = &'static str;

        async fn mark(&self) -> Result<u32, &'static str> {
            Ok(self.version.load(Ordering::SeqCst))
        }

        async fn make(&self) -> Result<u32, &'static str> {
            let read = self.version.load(Ordering::SeqCst);
            yield_now().await;
            self.made.fetch_add(1, Ordering::SeqCst);
            if read == UNREADABLE { Err("no database") } else { Ok(read) }
        }
    }

    #[tokio::test]
    async fn of_many_who_come_at_once_one_makes_it() {
        let (kept, rows) = (Kept::new(10), Rows::default());
        for version in 0..3 {
            rows.version.store(version, Ordering::SeqCst);
            let shown = join_all((0..20).map(|_| kept.get(ACCOUNT, &rows))).await;
            assert!(shown.iter().all(|shown| shown.as_deref() == Ok(&version)), "{shown:?}");
            assert_eq!(rows.made.load(Ordering::SeqCst), version + 1);
        }
        kept.get(OTHER, &rows).await.unwrap();
        assert_eq!(rows.made.load(Ordering::SeqCst), 4, "another account has its own");
    }

    #[tokio::test]
    async fn what_could_not_be_made_is_tried_by_the_next() {
        let (kept, rows) = (Kept::new(10), Rows::default());
        rows.version.store(UNREADABLE, Ordering::SeqCst);
        assert_eq!(kept.get(ACCOUNT, &rows).await, Err("no database"));
        rows.version.store(7, Ordering::SeqCst);
        assert_eq!(kept.get(ACCOUNT, &rows).await.as_deref(), Ok(&7));
    }
}
