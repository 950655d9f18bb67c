//! Projections as admins see them: how far each is, what waits, and how its rebuild goes.

mod quarantine;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use domain::recorded_event::Position as LogPosition;
use projections::rebuild::Rebuild as Rebuilding;
use projections::standing::{self, Doing, Standing};

pub use self::quarantine::QuarantinedEvent;
use super::error::Code;
use super::limits::list_cost;
use super::page::{Page, PageRequest};
use super::request::{app, clock, identity, pool, read_failed};
use super::scalar::{DateTime, Position, clamp_count};
use crate::app::App;
use crate::auth::Identity;

/// The part of the query root that shows projections.
#[derive(Default)]
pub struct ProjectionQueries;

#[Object]
impl ProjectionQueries {
    /// Every projection and how far it is. For analysts and owners.
    async fn projections(&self, ctx: &Context<'_>) -> Result<Vec<Projection>> {
        let me = admin(ctx)?;
        let standings = standing::all(pool(ctx)?, app(ctx)?.feed.log(), Some(me.account)).await;
        let standings = standings.map_err(|error| read_failed(&error))?;
        let (app, now) = (app(ctx)?, clock(ctx)?.now());
        Ok(standings.into_iter().map(|standing| Projection::of(app, standing, now)).collect())
    }

    /// Events of your account that could not be folded, oldest first: their streams wait behind them.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn quarantine(
        &self,
        ctx: &Context<'_>,
        projection: Option<String>,
        #[graphql(default = 20)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Page<QuarantinedEvent>> {
        let me = admin(ctx)?;
        let request = PageRequest::<quarantine::Key>::parse(first, after.as_deref())?;
        quarantine::page(ctx, me, projection.as_deref(), &request).await
    }
}

/// Who may see how projections stand.
pub(super) fn admin<'a>(ctx: &Context<'a>) -> Result<&'a Identity> {
    let me = identity(ctx)?;
    if me.caller.role.watches_projections() {
        Ok(me)
    } else {
        Err(Code::Forbidden.error("Projections are for analysts and owners."))
    }
}

/// A read model and how far it is.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub struct Projection {
    /// Its name.
    pub(super) name: String,
    /// Of which version its rows are.
    version: i32,
    /// What it is doing.
    state: ProjectionState,
    /// How far it has come in the log.
    position: Position,
    /// Where the log ends.
    head: Position,
    /// How many positions it is behind.
    lag: i32,
    /// How many events it folded a second, lately.
    events_per_second: f64,
    /// How many streams of your account wait behind an event that could not be folded.
    quarantined: i32,
    /// What last stopped it, if it has not moved since.
    last_error: Option<String>,
    /// The rebuild that is running.
    rebuild: Option<Rebuild>,
    /// When it last moved.
    updated_at: DateTime,
}

/// What a projection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Doing")]
pub enum ProjectionState {
    /// It follows the log.
    Running,
    /// It is far behind, and comes nearer.
    CatchingUp,
    /// An admin stopped it.
    Paused,
    /// It is behind and does not move.
    Stalled,
    /// It is being built anew; the old rows serve meanwhile, and follow.
    Rebuilding,
}

/// A rebuild that is running.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub struct Rebuild {
    /// Since when.
    started_at: DateTime,
    /// Where the log ended when it was asked for.
    target: Position,
    /// How far it has come.
    position: Position,
    /// The same as a share of the target, 0 to 1.
    ratio: f64,
    /// How many events it folds a second.
    events_per_second: f64,
    /// How long it will take at this rate; null while that cannot be told.
    seconds_remaining: Option<f64>,
}

impl Projection {
    /// A projection, where the log ends now.
    pub(super) fn of(app: &App, standing: Standing, now: chrono::DateTime<chrono::Utc>) -> Self {
        // The feed reads the log; a checkpoint of another process may be ahead of it.
        let head: LogPosition = (*app.feed.head().borrow()).max(standing.position);
        Self {
            state: standing.doing(head, now).into(),
            lag: clamp_count(standing.lag(head)),
            version: standing.version,
            position: standing.position.into(),
            head: head.into(),
            events_per_second: standing.events_per_second,
            quarantined: clamp_count(standing.quarantined),
            last_error: standing.last_error,
            rebuild: standing.rebuild.map(Rebuild::from),
            updated_at: standing.updated_at.into(),
            name: standing.name,
        }
    }
}

impl From<Rebuilding> for Rebuild {
    #[expect(clippy::cast_precision_loss, reason = "a share and a rate")]
    fn from(rebuild: Rebuilding) -> Self {
        let (position, target) = (rebuild.position.0 as f64, rebuild.target.0 as f64);
        let rate = rebuild.events_per_second;
        Self {
            started_at: rebuild.started_at.into(),
            target: rebuild.target.into(),
            position: rebuild.position.into(),
            ratio: rebuild.ratio(),
            events_per_second: rate,
            seconds_remaining: (rate > 0.0).then(|| (target - position).max(0.0) / rate),
        }
    }
}
