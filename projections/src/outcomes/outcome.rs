//! What became of one session: the figures that analytics are made of, folded from its events.

use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{AccountId, SessionId, TeamId, UserId};
use domain::problem::ProblemDomain;
use domain::recorded_event::RecordedEvent;
use domain::session::status::{ConfidenceTier, SessionStatus};
use domain::session::view::ActiveTime;

use super::calendar::Calendar;
use super::told::Told;

/// A session's outcome, as it is for now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    pub(super) account: AccountId,
    pub(super) session: SessionId,
    pub(super) team: Option<TeamId>,
    pub(super) handler: UserId,
    pub(super) domain: Option<ProblemDomain>,
    /// The tier of its latest step.
    pub(super) tier: ConfidenceTier,
    pub(super) status: SessionStatus,
    pub(super) started_at: DateTime<Utc>,
    pub(super) started_day: NaiveDate,
    /// Escalation was ever requested.
    pub(super) escalated: bool,
    pub(super) waiting_since: Option<DateTime<Utc>>,
    /// How long the first escalation that was picked up had waited.
    pub(super) pick_up_micros: Option<i64>,
    pub(super) steps: i32,
    pub(super) reopened: i32,
    pub(super) rating: Option<i16>,
    pub(super) active: ActiveTime,
    pub(super) close: Option<Close>,
}

/// How and when it was closed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Close {
    pub(super) at: DateTime<Utc>,
    /// The local day.
    pub(super) day: NaiveDate,
    /// From start to close.
    pub(super) duration_micros: i64,
    /// None unless it was resolved.
    pub(super) resolved: Option<Resolved>,
}

/// How long it took to resolve it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Resolved {
    /// Without paused and closed spans.
    pub(super) active_micros: i64,
    /// Within business hours; none if the account has said none.
    pub(super) business_micros: Option<i64>,
}

impl Outcome {
    /// A session that has just begun.
    pub(super) fn started(recorded: &RecordedEvent, handler: UserId, team: Option<TeamId>) -> Self {
        let at = recorded.metadata.recorded_at;
        Self {
            account: recorded.metadata.account,
            session: SessionId(recorded.aggregate_id),
            team,
            handler,
            domain: None,
            tier: ConfidenceTier::Discovery,
            status: SessionStatus::Active,
            started_at: at,
            started_day: at.date_naive(),
            escalated: false,
            waiting_since: None,
            pick_up_micros: None,
            steps: 0,
            reopened: 0,
            rating: None,
            active: ActiveTime::started(at),
            close: None,
        }
    }

    /// It goes on with one more event. Local days and business time come with [`Self::place`].
    pub(super) fn apply(&mut self, told: Told, at: DateTime<Utc>) {
        match told {
            Told::Classified(domain) => self.domain = Some(domain),
            Told::Step(tier) => {
                self.steps += 1;
                self.tier = tier;
            }
            Told::Paused => {
                self.status = SessionStatus::Paused;
                self.active.stop(at);
            }
            Told::EscalationRequested => {
                self.status = SessionStatus::RequestingEscalation;
                self.active.run(at);
                self.escalated = true;
                self.waiting_since = Some(at);
            }
            Told::PickedUp(by) => {
                self.handler = by;
                if let Some(since) = self.waiting_since {
                    self.pick_up_micros.get_or_insert(micros_between(since, at));
                }
                self.activate(at);
            }
            Told::Active => self.activate(at),
            Told::HandedOff => self.close(SessionStatus::Escalated, at),
            Told::Abandoned => self.close(SessionStatus::Abandoned, at),
            Told::Resolved(rating) => {
                self.rating = rating.map(i16::from).or(self.rating);
                self.close(SessionStatus::Resolved, at);
            }
            Told::Reopened => {
                self.reopened += 1;
                self.close = None;
                self.activate(at);
            }
            Told::Rated(rating) => self.rating = Some(rating.into()),
            Told::Started { .. } | Told::Nothing => {}
        }
    }

    /// Tells its days and its business time by the account's calendar.
    pub(super) fn place(&mut self, calendar: &Calendar) {
        self.started_day = calendar.day(self.started_at);
        if let Some(close) = &mut self.close {
            close.day = calendar.day(close.at);
            if let Some(resolved) = &mut close.resolved {
                resolved.business_micros = calendar.business_micros(self.started_at, close.at);
            }
        }
    }

    fn activate(&mut self, at: DateTime<Utc>) {
        self.status = SessionStatus::Active;
        self.waiting_since = None;
        self.active.run(at);
    }

    fn close(&mut self, status: SessionStatus, at: DateTime<Utc>) {
        self.status = status;
        self.waiting_since = None;
        self.active.stop(at);
        let active_micros = self.active.counted_micros;
        self.close = Some(Close {
            at,
            day: at.date_naive(),
            duration_micros: micros_between(self.started_at, at),
            resolved: (status == SessionStatus::Resolved)
                .then_some(Resolved { active_micros, business_micros: None }),
        });
    }
}

/// Clocks of two machines may differ: never below zero.
fn micros_between(from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    (to - from).num_microseconds().unwrap_or(i64::MAX).max(0)
}
