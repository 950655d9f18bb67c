//! What admins do with projections: build one anew, stop it, let it go on, and decide about what waits.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::access::Role;
use domain::refusal::RefusalCode;
use projections::projection::Projection as Folded;
use projections::quarantine::{self, Decision};
use projections::rebuild::{self, Back, Wanted};
use projections::{accounts, checkpoint, standing};

use crate::auth::Identity;
use crate::commands::Refusal;
use crate::commands::redacting::Redacting;
use crate::graphql::error::Code;
use crate::graphql::projection::Projection;
use crate::graphql::request::{app, clock, identity, pool, read_failed};
use crate::graphql::scalar::{clamp_count, parse_id};
use crate::graphql::user_error::UserError;

/// The longest reason for leaving an event out, characters.
const MAX_REASON: usize = 500;

/// The part of the mutation root that keeps projections.
#[derive(Default)]
pub struct ProjectionCommands;

#[Object]
impl ProjectionCommands {
    /// Builds a projection anew while the old rows serve, then swaps. A dry run only says what it would take.
    async fn rebuild_projection(
        &self,
        ctx: &Context<'_>,
        input: RebuildProjectionInput,
    ) -> Result<ProjectionPayload> {
        let me = keeper(ctx).await?;
        let projection = match rebuildable(&input.name) {
            Ok(projection) => projection,
            Err(refusal) => return Ok(ProjectionPayload::refused(refusal)),
        };
        if input.dry_run.unwrap_or_default() {
            return dry_run(ctx, me, &*projection).await;
        }
        let head = *app(ctx)?.feed.head().borrow();
        let wanted = Wanted { strict: input.strict.unwrap_or_default(), by: Some(me.caller.user.0) };
        let asked = rebuild::request(pool(ctx)?, &*projection, head, wanted).await;
        if asked.map_err(|error| read_failed(&error))? {
            tracing::info!(projection.name = input.name, user = %me.caller.user, "a rebuild was asked for");
            return ProjectionPayload::of(ctx, me, &input.name).await;
        }
        let message = "This projection is being built anew already. Cancel that first, or let it end.";
        Ok(ProjectionPayload::refused(Refusal::new(RefusalCode::RebuildRunning, message, &["name"])))
    }

    /// Cancels a rebuild: the old rows serve on.
    async fn cancel_rebuild(
        &self,
        ctx: &Context<'_>,
        input: ProjectionCommandInput,
    ) -> Result<ProjectionPayload> {
        let me = keeper(ctx).await?;
        if is_known(&input.name)
            && rebuild::cancel(pool(ctx)?, &input.name).await.map_err(|error| read_failed(&error))?
        {
            tracing::info!(projection.name = input.name, user = %me.caller.user, "a rebuild was cancelled");
            return ProjectionPayload::of(ctx, me, &input.name).await;
        }
        let message = "No rebuild of such a projection is running.";
        Ok(ProjectionPayload::refused(Refusal::new(RefusalCode::WrongStatus, message, &["name"])))
    }

    /// Lets the rows serve again that the last swap kept aside: they catch up first, and those that serve now are kept aside.
    async fn rollback_projection(
        &self,
        ctx: &Context<'_>,
        input: ProjectionCommandInput,
    ) -> Result<ProjectionPayload> {
        let me = keeper(ctx).await?;
        let projection = match rebuildable(&input.name) {
            Ok(projection) => projection,
            Err(refusal) => return Ok(ProjectionPayload::refused(refusal)),
        };
        let head = *app(ctx)?.feed.head().borrow();
        let by = Some(me.caller.user.0);
        let back = rebuild::roll_back(pool(ctx)?, &*projection, head, by).await;
        let (code, message) = match back.map_err(|error| read_failed(&error))? {
            Back::Asked => {
                tracing::info!(projection.name = input.name, user = %me.caller.user, "the rows of before were asked for");
                return ProjectionPayload::of(ctx, me, &input.name).await;
            }
            Back::Running => (
                RefusalCode::RebuildRunning,
                "This projection is being built anew already. Cancel that first, or let it end.",
            ),
            Back::NothingThere => (
                RefusalCode::WrongStatus,
                "No rows of this projection are kept aside that could serve again.",
            ),
            Back::Outdated => (
                RefusalCode::WrongStatus,
                "The rows that are kept aside are of another version than this program reads.",
            ),
        };
        Ok(ProjectionPayload::refused(Refusal::new(code, message, &["name"])))
    }

    /// Stops a projection where it stands: what it shows stays as it is.
    async fn pause_projection(
        &self,
        ctx: &Context<'_>,
        input: ProjectionCommandInput,
    ) -> Result<ProjectionPayload> {
        set_paused(ctx, &input.name, true).await
    }

    /// Lets a projection go on.
    async fn resume_projection(
        &self,
        ctx: &Context<'_>,
        input: ProjectionCommandInput,
    ) -> Result<ProjectionPayload> {
        set_paused(ctx, &input.name, false).await
    }

    /// Folds a stream that waits again, from the event on that failed.
    async fn retry_quarantined(
        &self,
        ctx: &Context<'_>,
        input: QuarantineCommandInput,
    ) -> Result<ProjectionPayload> {
        decide(ctx, &input, Decision::Retry).await
    }

    /// Leaves a faulty event out for good, with the reason recorded, and folds what waits behind it. Secrets in the reason are
    /// replaced before it is stored.
    async fn skip_quarantined(
        &self,
        ctx: &Context<'_>,
        input: QuarantineCommandInput,
    ) -> Result<ProjectionPayload> {
        let (app, me) = (app(ctx)?, keeper(ctx).await?);
        let reason = match reason(input.reason.as_deref()) {
            Ok(reason) => reason,
            Err(refusal) => return Ok(ProjectionPayload::refused(refusal)),
        };
        let reason = Redacting::of_nothing_kept(app, me.account).text(reason).await;
        decide(ctx, &input, Decision::Skip { reason }).await
    }
}

/// A projection.
#[derive(InputObject)]
pub struct ProjectionCommandInput {
    /// Its name.
    name: String,
}

/// A projection to build anew.
#[derive(InputObject)]
pub struct RebuildProjectionInput {
    /// Its name.
    name: String,
    /// Only say what it would take.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
    /// Stop at the first event that can't be folded, rather than let its stream wait: the old rows serve on.
    #[graphql(default_with = "Some(false)")]
    strict: Option<bool>,
}

/// A stream that waits.
#[derive(InputObject)]
pub struct QuarantineCommandInput {
    /// Its id, as quarantine shows it.
    id: ID,
    /// Why its event is left out; needed for that only.
    reason: Option<String>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct ProjectionPayload {
    /// The projection as it stands now.
    projection: Option<Projection>,
    /// Of a dry run: how many events would be folded.
    estimated_events: Option<i32>,
    /// Of a dry run: how long it would take at the rate of the last rebuild; null if there was none.
    estimated_seconds: Option<f64>,
    /// Why it was refused; empty if it was not.
    user_errors: Vec<UserError>,
}

impl ProjectionPayload {
    async fn of(ctx: &Context<'_>, me: &Identity, name: &str) -> Result<Self> {
        let (app, now) = (app(ctx)?, clock(ctx)?.now());
        let standings = standing::all(&app.pool, app.feed.log(), Some(me.account)).await;
        let standings = standings.map_err(|error| read_failed(&error))?;
        let standing = standings.into_iter().find(|it| it.name == name);
        Ok(Self {
            projection: standing.map(|standing| Projection::of(app, standing, now)),
            estimated_events: None,
            estimated_seconds: None,
            user_errors: Vec::new(),
        })
    }

    fn refused(refusal: Refusal) -> Self {
        Self {
            projection: None,
            estimated_events: None,
            estimated_seconds: None,
            user_errors: vec![refusal.into()],
        }
    }
}

/// Who may keep projections: they serve all accounts, so an owner may only where there is no other account.
async fn keeper<'a>(ctx: &Context<'a>) -> Result<&'a Identity> {
    let me = identity(ctx)?;
    let may = match me.caller.role {
        Role::SuperAdmin => true,
        Role::Owner => {
            accounts::is_only(pool(ctx)?, me.account).await.map_err(|error| read_failed(&error))?
        }
        Role::Engineer | Role::TeamAdmin | Role::Analyst => false,
    };
    if may {
        Ok(me)
    } else {
        let message =
            "Projections are kept by super admins, and by the owner where there is one account only.";
        Err(Code::Forbidden.error(message))
    }
}

/// Why an event is left out.
fn reason(given: Option<&str>) -> std::result::Result<&str, Refusal> {
    let refused = |message| Refusal::new(RefusalCode::InvalidInput, message, &["reason"]);
    let reason = given.unwrap_or_default().trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        return Err(refused(format!("Say in 1 to {MAX_REASON} characters why the event is left out.")));
    }
    if reason.contains('\0') {
        return Err(refused("The reason holds the character U+0000, which cannot be stored.".to_owned()));
    }
    Ok(reason)
}

/// A projection that can be built anew.
fn rebuildable(name: &str) -> std::result::Result<Arc<dyn Folded>, Refusal> {
    let projection = projections::all().into_iter().find(|it| it.name() == name).ok_or_else(unknown)?;
    if projection.tables().is_empty() {
        let message =
            "This one keeps no rows: it asks workers for work, and building it anew would ask for nothing.";
        return Err(Refusal::new(RefusalCode::InvalidInput, message, &["name"]));
    }
    Ok(projection)
}

/// Whether this program has a projection of this name; others are not even asked for, for PostgreSQL takes not every text.
fn is_known(name: &str) -> bool {
    projections::all().iter().any(|it| it.name() == name)
}

fn unknown() -> Refusal {
    Refusal::not_found("projection", &["name"])
}

async fn dry_run(ctx: &Context<'_>, me: &Identity, projection: &dyn Folded) -> Result<ProjectionPayload> {
    let pool = pool(ctx)?;
    let events =
        rebuild::estimate(&app(ctx)?.store.log(), projection).await.map_err(|error| read_failed(&error))?;
    let rate = rebuild::last_rate(pool, projection.name()).await.map_err(|error| read_failed(&error))?;
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let seconds = rate.filter(|rate| *rate > 0.0).map(|rate| events as f64 / rate);
    Ok(ProjectionPayload {
        estimated_events: Some(clamp_count(events)),
        estimated_seconds: seconds,
        ..ProjectionPayload::of(ctx, me, projection.name()).await?
    })
}

async fn set_paused(ctx: &Context<'_>, name: &str, paused: bool) -> Result<ProjectionPayload> {
    let me = keeper(ctx).await?;
    if !is_known(name)
        || !checkpoint::pause(pool(ctx)?, name, paused).await.map_err(|error| read_failed(&error))?
    {
        return Ok(ProjectionPayload::refused(unknown()));
    }
    tracing::info!(projection.name = name, user = %me.caller.user, paused, "a projection was stopped or let go on");
    ProjectionPayload::of(ctx, me, name).await
}

async fn decide(
    ctx: &Context<'_>,
    input: &QuarantineCommandInput,
    decision: Decision,
) -> Result<ProjectionPayload> {
    let me = keeper(ctx).await?;
    let unknown = || ProjectionPayload::refused(Refusal::not_found("event in quarantine", &["id"]));
    let Some(id) = parse_id(&input.id) else { return Ok(unknown()) };
    let pool = pool(ctx)?;
    let waiting = quarantine::one(pool, Some(me.account), id).await.map_err(|error| read_failed(&error))?;
    let Some(waiting) = waiting else { return Ok(unknown()) };
    if !quarantine::decide(pool, id, &decision).await.map_err(|error| read_failed(&error))? {
        return Ok(unknown());
    }
    tracing::info!(
        projection.name = waiting.projection, event.position = waiting.position.0, user = %me.caller.user,
        skip = matches!(decision, Decision::Skip { .. }), "it was decided about a stream that waits"
    );
    ProjectionPayload::of(ctx, me, &waiting.projection).await
}
