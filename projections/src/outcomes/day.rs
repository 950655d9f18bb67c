//! What the outcomes of a day add up to, and what one session adds to which days.

use std::collections::BTreeMap;
use std::{fmt, iter};

use chrono::NaiveDate;
use domain::id::{AccountId, TeamId, UserId};
use domain::problem::ProblemDomain;
use domain::session::status::{ConfidenceTier, SessionStatus};
use uuid::Uuid;

use super::outcome::Outcome;
use super::sketch::Sketch;

/// Which sessions of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) account: AccountId,
    pub(super) slice: Slice,
    pub(super) day: NaiveDate,
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slice {
    All,
    Domain(ProblemDomain),
    Tier(ConfidenceTier),
    Team(TeamId),
    /// Of who handled them last.
    Handler(UserId),
}

/// How it is stored; no two of these are the same.
impl fmt::Display for Slice {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => to.write_str("ALL"),
            Self::Domain(domain) => to.write_str(domain.as_str()),
            Self::Tier(tier) => to.write_str(tier.as_str()),
            Self::Team(team) => write!(to, "{TEAM}{}", team.0),
            Self::Handler(handler) => write!(to, "{HANDLER}{}", handler.0),
        }
    }
}

/// How the slices of teams and of handlers begin.
pub(super) const TEAM: &str = "TEAM ";
pub(super) const HANDLER: &str = "HANDLER ";

impl Slice {
    /// What is stored so; none if nothing is.
    pub(super) fn parse(stored: &str) -> Option<Self> {
        let id = |kind| stored.strip_prefix(kind).and_then(|id| id.parse().ok());
        let domains = ProblemDomain::ALL.into_iter().map(Self::Domain);
        let tiers = ConfidenceTier::ALL.into_iter().map(Self::Tier);
        id(TEAM)
            .map(|team| Self::Team(TeamId(team)))
            .or_else(|| id(HANDLER).map(|handler| Self::Handler(UserId(handler))))
            .or_else(|| iter::once(Self::All).chain(domains).chain(tiers).find(|it| it.to_string() == stored))
    }

    /// Whose slice it is, if it is of that kind: [`TEAM`] or [`HANDLER`].
    pub(super) fn id_of(self, kind: &str) -> Option<Uuid> {
        match self {
            Self::Team(team) if kind == TEAM => Some(team.0),
            Self::Handler(handler) if kind == HANDLER => Some(handler.0),
            _ => None,
        }
    }
}

/// Sums over sessions. As a change to another one they may be below zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Day {
    /// In the order of [`COUNTS`].
    pub(super) counts: [i64; COUNTS.len()],
    /// In the order of [`Measure::ALL`].
    pub(super) sketches: [Sketch; Measure::ALL.len()],
}

/// What is counted, by the names of the columns.
pub(super) const COUNTS: [&str; 10] = [
    "closed",
    "resolved",
    "escalated",
    "abandoned",
    "reopened",
    "guided",
    "steps",
    "rated",
    "ratings",
    "resolve_micros",
];

/// What is measured of a closed session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// From start to the last resolution, of resolved ones.
    Resolve,
    /// From start to close.
    Duration,
    /// The time to resolve without paused and closed spans.
    Active,
    /// What of the time to resolve fell into business hours.
    Business,
    /// How long the first escalation that was picked up had waited.
    PickUp,
}

impl Measure {
    pub(super) const ALL: [Self; 5] =
        [Self::Resolve, Self::Duration, Self::Active, Self::Business, Self::PickUp];

    /// The column of an outcome that holds it.
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Resolve => "resolve_micros",
            Self::Duration => "duration_micros",
            Self::Active => "active_micros",
            Self::Business => "business_micros",
            Self::PickUp => "pick_up_micros",
        }
    }

    /// The column of a day that holds its sketch.
    pub(super) fn sketch(self) -> &'static str {
        match self {
            Self::Resolve => "resolve_sketch",
            Self::Duration => "duration_sketch",
            Self::Active => "active_sketch",
            Self::Business => "business_sketch",
            Self::PickUp => "pick_up_sketch",
        }
    }

    /// Nobody asks for other durations than the time to resolve but of all sessions, nor for any of a tier.
    fn is_kept_of(self, slice: Slice) -> bool {
        match slice {
            Slice::All => true,
            Slice::Tier(_) => false,
            Slice::Domain(_) | Slice::Team(_) | Slice::Handler(_) => self == Self::Resolve,
        }
    }

    /// Of a session, in microseconds; none while it is open, and where there is none.
    pub(super) fn of(self, outcome: &Outcome) -> Option<i64> {
        let close = outcome.close?;
        match self {
            Self::Resolve => close.resolved.map(|_| close.duration_micros),
            Self::Duration => Some(close.duration_micros),
            Self::Active => close.resolved.map(|it| it.active_micros),
            Self::Business => close.resolved.and_then(|it| it.business_micros),
            Self::PickUp => outcome.pick_up_micros,
        }
    }
}

/// What the day of a session's close changes by: taken from it as it was (-1), added as it is (1).
pub(super) fn count(changes: &mut BTreeMap<Place, Day>, outcome: &Outcome, times: i64) {
    let Some(close) = outcome.close else { return };
    let slices = [
        Some(Slice::All),
        outcome.domain.map(Slice::Domain),
        Some(Slice::Tier(outcome.tier)),
        outcome.team.map(Slice::Team),
        Some(Slice::Handler(outcome.handler)),
    ];
    for slice in slices.into_iter().flatten() {
        let day = changes.entry(Place { account: outcome.account, slice, day: close.day }).or_default();
        for (sum, value) in day.counts.iter_mut().zip(counted(outcome)) {
            *sum += value * times;
        }
        for (sketch, measure) in day.sketches.iter_mut().zip(Measure::ALL) {
            if let Some(micros) = measure.of(outcome).filter(|_| measure.is_kept_of(slice)) {
                sketch.count(micros, times);
            }
        }
    }
}

/// Of a closed session, in the order of [`COUNTS`].
fn counted(outcome: &Outcome) -> [i64; COUNTS.len()] {
    let is = |status| i64::from(outcome.status == status);
    let resolved = is(SessionStatus::Resolved);
    [
        1,
        resolved,
        outcome.escalated.into(),
        is(SessionStatus::Abandoned),
        (outcome.reopened > 0).into(),
        (outcome.tier == ConfidenceTier::Guided).into(),
        resolved * i64::from(outcome.steps),
        outcome.rating.is_some().into(),
        outcome.rating.map_or(0, i64::from),
        Measure::Resolve.of(outcome).unwrap_or(0),
    ]
}

impl Day {
    /// Nothing is counted; as a change it changes nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| *count == 0) && self.sketches.iter().all(Sketch::is_empty)
    }

    /// The sketch of a measure.
    pub(super) fn sketch(&self, measure: Measure) -> &Sketch {
        &self.sketches[measure as usize]
    }

    /// Adds another one's sums.
    pub(super) fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        for (sketch, more) in self.sketches.iter_mut().zip(&other.sketches) {
            sketch.add(more);
        }
    }
}
