//! The data keys in use: opened once, kept a while, and wiped when they are dropped.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::id::{AccountId, CommandId};
use domain::stored_event::Subject;
use moka::sync::Cache;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use crate::error::StoreError;
use crate::sealing::data_key::{DataKey, NewKey, PreparedKey};
use crate::sealing::master_key::MasterKey;

const MOST_KEYS: u64 = 20_000;
const KEPT_UNUSED: Duration = Duration::from_hours(1);

/// Finds and opens data keys.
#[derive(Clone)]
pub(crate) struct KeyRing {
    pool: PgPool,
    master: Arc<MasterKey>,
    opened: Cache<Subject, Arc<DataKey>>,
}

/// What became of looking for keys; those that are in neither part do not exist.
#[derive(Default)]
struct Sought {
    opened: HashMap<Subject, Arc<DataKey>>,
    closed: Vec<Subject>,
}

impl KeyRing {
    pub(crate) fn new(pool: PgPool, master: MasterKey) -> Self {
        let opened = Cache::builder().max_capacity(MOST_KEYS).time_to_idle(KEPT_UNUSED).build();
        Self { pool, master: Arc::new(master), opened }
    }

    /// A digest of a command's input as it may be stored.
    pub(crate) fn blind(&self, command: CommandId, input_hash: &[u8; 32]) -> [u8; 32] {
        self.master.blind(command, input_hash)
    }

    /// A new key for a subject that is known to be new.
    pub(crate) fn make(&self, account: AccountId, subject: Subject) -> PreparedKey {
        DataKey::make(subject, account, &self.master)
    }

    /// The subject's key; a new one if it has none yet.
    pub(crate) async fn prepare(
        &self,
        account: AccountId,
        subject: Subject,
    ) -> Result<PreparedKey, StoreError> {
        let mut sought = self.seek(&[subject]).await?;
        match sought.opened.remove(&subject) {
            Some(key) if key.account == account => Ok(PreparedKey { subject, key, new: None }),
            None if sought.closed.is_empty() => Ok(self.make(account, subject)),
            _ => Err(StoreError::ForeignKey(format!("{}:{}", subject.kind(), subject.id()))),
        }
    }

    /// Remembers a key whose append succeeded.
    pub(crate) fn remember(&self, key: &PreparedKey) {
        self.opened.insert(key.subject, key.key.clone());
    }

    /// Those of the subjects' keys that there are and that open.
    pub(crate) async fn find(
        &self,
        subjects: &[Subject],
    ) -> Result<HashMap<Subject, Arc<DataKey>>, StoreError> {
        Ok(self.seek(subjects).await?.opened)
    }

    async fn seek(&self, subjects: &[Subject]) -> Result<Sought, StoreError> {
        let mut sought = Sought::default();
        let mut missing = Vec::new();
        for subject in subjects {
            match self.opened.get(subject) {
                Some(key) => drop(sought.opened.insert(*subject, key)),
                None => missing.push(*subject),
            }
        }
        if missing.is_empty() {
            return Ok(sought);
        }
        for stored in self.load(&missing).await? {
            if let Ok(key) = DataKey::unwrap(&stored, &self.master) {
                let key = Arc::new(key);
                self.opened.insert(stored.subject, key.clone());
                sought.opened.insert(stored.subject, key);
            } else {
                tracing::error!(key.kind = stored.subject.kind(), key.subject = %stored.subject.id(),
                    key.master = stored.master_key_id, "a data key does not open with this master key");
                sought.closed.push(stored.subject);
            }
        }
        Ok(sought)
    }

    async fn load(&self, subjects: &[Subject]) -> Result<Vec<NewKey>, StoreError> {
        let kinds: Vec<&str> = subjects.iter().map(|subject| subject.kind()).collect();
        let ids: Vec<Uuid> = subjects.iter().map(|subject| subject.id()).collect();
        let rows = sqlx::query(
            "SELECT subject_kind, subject_id, account, wrapped, master_key_id
               FROM data_keys
              WHERE (subject_kind, subject_id) IN (SELECT * FROM UNNEST($1::text[], $2::uuid[]))",
        )
        .bind(kinds)
        .bind(ids)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| stored_key(row).map_err(StoreError::from)).collect()
    }
}

/// How many data keys another master key has wrapped.
pub async fn foreign_keys(pool: &PgPool, master: &MasterKey) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM data_keys WHERE master_key_id <> $1";
    Ok(sqlx::query_scalar(sql).bind(master.id()).fetch_one(pool).await?)
}

fn stored_key(row: &PgRow) -> Result<NewKey, sqlx::Error> {
    let kind: &str = row.try_get("subject_kind")?;
    let subject = Subject::named(kind, row.try_get("subject_id")?);
    Ok(NewKey {
        subject: subject.ok_or_else(|| sqlx::Error::Decode(format!("unknown kind of key: {kind}").into()))?,
        account: AccountId(row.try_get("account")?),
        wrapped: row.try_get("wrapped")?,
        master_key_id: row.try_get("master_key_id")?,
    })
}
