//! How far the analysis of each session is, and what came of it.

use chrono::NaiveDate;
use domain::analysis::event::{AnalysisEvent, Finding};
use domain::id::{AccountId, SessionId};
use domain::recorded_event::RecordedEvent;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::error::ProjectionError;

/// How far an analysis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnalysisStatus {
    /// It is queued.
    Pending,
    /// It is done.
    Completed,
    /// It was given up; it can be asked for again.
    Failed,
    /// It waits for another day.
    Deferred,
}

impl AnalysisStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Deferred => "DEFERRED",
        }
    }

    fn named(name: &str) -> Result<Self, ProjectionError> {
        [Self::Pending, Self::Completed, Self::Failed, Self::Deferred]
            .into_iter()
            .find(|status| status.as_str() == name)
            .ok_or_else(|| ProjectionError::Inconsistent(format!("unknown status of an analysis: {name}")))
    }
}

/// The analysis of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisRow {
    /// The session.
    pub session: SessionId,
    /// How far it is.
    pub status: AnalysisStatus,
    /// What came of it.
    pub finding: Option<Finding>,
}

/// The analyses of several sessions; none for one that isn't resolved.
pub async fn of_sessions(
    pool: &PgPool,
    account: AccountId,
    sessions: &[SessionId],
) -> Result<Vec<AnalysisRow>, ProjectionError> {
    let rows: Vec<(Uuid, String, Option<Json<Finding>>)> = sqlx::query_as(
        "SELECT session, status, finding FROM session_analyses WHERE account = $1 AND session = ANY($2)",
    )
    .bind(account.0)
    .bind(sessions.iter().map(|session| session.0).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|(session, status, finding)| {
            let status = AnalysisStatus::named(&status)?;
            Ok(AnalysisRow { session: SessionId(session), status, finding: finding.map(|it| it.0) })
        })
        .collect()
}

/// The account's sessions whose analysis waits since an earlier day than this one, after the one given: a page at a time.
pub async fn deferred(
    pool: &PgPool,
    account: AccountId,
    today: NaiveDate,
    after: Option<SessionId>,
    most: i64,
) -> Result<Vec<(SessionId, NaiveDate)>, ProjectionError> {
    let rows: Vec<(Uuid, NaiveDate)> = sqlx::query_as(
        "SELECT session, deferred_on FROM session_analyses
         WHERE account = $1 AND status = 'DEFERRED' AND deferred_on < $2 AND ($3::uuid IS NULL OR session > $3)
         ORDER BY session LIMIT $4",
    )
    .bind(account.0)
    .bind(today)
    .bind(after.map(|session| session.0))
    .bind(most)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(session, day)| (SessionId(session), day)).collect())
}

/// A session was resolved: its analysis is queued.
pub(super) async fn pending(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    session: Uuid,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "INSERT INTO session_analyses (account, session, status, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (session) DO UPDATE SET status = excluded.status, finding = NULL,
             deferred_on = NULL, updated_at = excluded.updated_at",
    )
    .bind(event.metadata.account.0)
    .bind(session)
    .bind(AnalysisStatus::Pending.as_str())
    .bind(event.metadata.recorded_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// A session is open again.
pub(super) async fn forget(connection: &mut PgConnection, session: Uuid) -> Result<(), ProjectionError> {
    sqlx::query("DELETE FROM session_analyses WHERE session = $1").bind(session).execute(connection).await?;
    Ok(())
}

/// What happened to an analysis. One that was recorded of a session that is open again by then says nothing of the next.
pub(super) async fn fold(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    happened: AnalysisEvent,
) -> Result<(), ProjectionError> {
    let mut deferred_on = None;
    let (session, status, finding) = match happened {
        AnalysisEvent::Completed(completed) => {
            (completed.session, AnalysisStatus::Completed, Some(completed.finding))
        }
        AnalysisEvent::Failed(failed) => (failed.session, AnalysisStatus::Failed, None),
        AnalysisEvent::Deferred(deferred) => {
            deferred_on = Some(deferred.day);
            (deferred.session, AnalysisStatus::Deferred, None)
        }
        AnalysisEvent::Requested(requested) => (requested.session, AnalysisStatus::Pending, None),
        AnalysisEvent::TakenUp(taken_up) => (taken_up.session, AnalysisStatus::Pending, None),
        AnalysisEvent::Withdrawn(_) => return Ok(()),
    };
    sqlx::query(
        "UPDATE session_analyses SET status = $2, finding = $3, updated_at = $4, deferred_on = $6
         WHERE session = $1 AND account = $5",
    )
    .bind(session.0)
    .bind(status.as_str())
    .bind(finding.map(Json))
    .bind(event.metadata.recorded_at)
    .bind(event.metadata.account.0)
    .bind(deferred_on)
    .execute(connection)
    .await?;
    Ok(())
}
