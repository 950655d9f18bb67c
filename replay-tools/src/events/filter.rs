//! Which events are wanted, as flags.

use chrono::{DateTime, Utc};
use clap::Args;
use domain::id::{AccountId, CorrelationId};
use domain::metadata::Actor;
use domain::recorded_event::Position;
use event_store::{Catalog, EventQuery, Whose};
use uuid::Uuid;

use crate::moment::moment;
use crate::output::told;

/// Which events are wanted. What is not named asks for nothing.
#[derive(Debug, Clone, Args)]
pub(crate) struct EventFilter {
    /// Of this stored type, e.g. session.step_answered; several with commas.
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,

    /// Of this type of aggregate, e.g. session; several with commas.
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    aggregate_type: Vec<String>,

    /// Of this aggregate.
    #[arg(long, value_name = "ID")]
    aggregate: Option<Uuid>,

    /// Of this account.
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,

    /// Caused by: user:ID, process:NAME or system.
    #[arg(long, value_name = "ACTOR")]
    actor: Option<Actor>,

    /// That belong together with this id.
    #[arg(long, value_name = "ID")]
    correlation: Option<CorrelationId>,

    /// Recorded at this time or later, e.g. 2026-11-25T09:00:00Z or 2026-11-25.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<DateTime<Utc>>,

    /// Recorded before this time.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<DateTime<Utc>>,

    /// After this position.
    #[arg(long, value_name = "POSITION")]
    after: Option<Position>,

    /// Before this position.
    #[arg(long, value_name = "POSITION")]
    before: Option<Position>,
}

impl EventFilter {
    /// Whose events.
    pub(crate) fn whose(&self) -> Whose {
        self.account.map_or(Whose::Everybody, Whose::Account)
    }

    /// Tells of types that this program does not know: they may be mistyped, and then nothing is found, or be those of another
    /// version, and then they are.
    pub(crate) fn tell_unknown_types(&self) {
        let known = Catalog::current().types();
        for unknown in self.types.iter().filter(|of| !known.contains(&of.as_str())) {
            let nearest = known.iter().max_by(|one, other| {
                let near = |to: &str| strsim::jaro_winkler(unknown, to);
                near(one).total_cmp(&near(other))
            });
            let nearest =
                nearest.map(|of| format!(": {of} is the nearest that it knows")).unwrap_or_default();
            told(&format!("this program knows no event type {unknown}{nearest}"));
        }
    }

    /// Which of them.
    pub(crate) fn query(&self) -> EventQuery {
        EventQuery {
            aggregate_types: self.aggregate_type.clone(),
            aggregate_id: self.aggregate,
            types: self.types.clone(),
            actor: self.actor.clone(),
            correlation: self.correlation,
            after: self.after,
            before: self.before,
            recorded_after: self.since,
            recorded_before: self.until,
            newest_first: false,
        }
    }

    /// The position behind which everything is wanted; none if anything else is asked for.
    pub(crate) fn only_after(&self) -> Option<Position> {
        let everything = EventQuery { after: self.after, ..EventQuery::default() };
        let is_everything = self.account.is_none() && self.query() == everything;
        is_everything.then(|| self.after.unwrap_or(Position::START))
    }
}
