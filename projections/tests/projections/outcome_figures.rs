//! Every figure of the analytics is what a slow look at each session gives, over random histories: with pauses, escalations,
//! reopenings and ratings, on local days of both hemispheres, across the nights on which clocks are changed.

use std::cell::RefCell;
use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::account::Account;
use domain::account::business_hours::{BusinessHours, BusinessHoursChange};
use domain::account::command::{AccountAct, Configure};
use domain::business_time;
use domain::clock::Clock;
use domain::id::AccountId;
use domain::local_days::DaySpan;
use domain::problem::ProblemDomain;
use domain::session::command::{Resolve, SessionAct};
use domain::session::status::{ConfidenceTier, SessionStatus};
use domain::session::view::{EscalationOutcome, SessionView};
use projections::outcomes::queries::{Reading, Totals, time_zone};
use projections::outcomes::{Durations, Measure};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use crate::by_hand::ByHand;
use crate::msp::{ANNA, Msp};
use crate::story::{Kind, Story, a};
use crate::world::World;

const CASES: u32 = 12;

const MEASURES: [Measure; 5] =
    [Measure::Resolve, Measure::Duration, Measure::Active, Measure::Business, Measure::PickUp];

/// The likelier ones stand here more often.
const KINDS: [Kind; 21] = [
    // A new team comes with another zone and other hours.
    Kind::Team,
    Kind::Start,
    Kind::Start,
    Kind::Classify,
    Kind::Classify,
    Kind::Present,
    Kind::Present,
    Kind::Answer,
    Kind::Pause,
    Kind::Pause,
    Kind::Resume,
    Kind::Escalate,
    Kind::Escalate,
    Kind::PickUp,
    Kind::Expire,
    Kind::HandOff,
    Kind::Resolve,
    Kind::Resolve,
    Kind::Reopen,
    Kind::Abandon,
    Kind::Rate,
];

/// A place in [`KINDS`], where and by whom, with which detail, how many hours later, and whether a batch is cut then.
type Step = (prop::sample::Index, u8, u8, u8, u8, bool);

// Rule 10.2.
#[test]
fn every_figure_is_what_a_look_at_each_session_gives() {
    let runtime = Runtime::new().unwrap();
    let config =
        Config { cases: CASES, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let steps = proptest::collection::vec(
        (any::<prop::sample::Index>(), 0..8_u8, 0..7_u8, any::<u8>(), 0..20_u8, any::<bool>()),
        40..90,
    );
    let happened = RefCell::new(Totals::default());
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        let totals = runtime.block_on(figures_are_right(&steps));
        let mut happened = happened.borrow_mut();
        happened.resolved += totals.resolved;
        happened.reopened += totals.reopened;
        happened.escalated += totals.escalated;
        happened.rated += totals.rated;
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let Totals { resolved, reopened, escalated, rated, .. } = happened.into_inner();
    assert!(
        [resolved, reopened, escalated, rated].iter().all(|it| *it > 0),
        "these histories show too little"
    );
}

/// What the last ninety days of all accounts add up to.
async fn figures_are_right(steps: &[Step]) -> Totals {
    let world = World::new().await;
    world.clock.set("2026-03-20T06:00:00Z");
    let mut live = ByHand::new();
    let mut story = Story::begin(&world).await;
    for (kind, place, who, detail, hours, cut) in steps {
        world.clock.advance(TimeDelta::hours(i64::from(*hours)));
        story.play(a(*kind.get(&KINDS), *place, *who, *detail)).await;
        if *cut {
            live.fold(&world).await;
        }
    }
    live.fold(&world).await;
    let mut all = Totals::default();
    for msp in &story.msps {
        let told = Told::of(&world, msp.account).await;
        assert_eq!(time_zone(&world.pool, msp.account).await.unwrap(), told.zone);
        let today = told.day(world.clock.now());
        for days in [1, 2, 7, 30, 90] {
            let span = DaySpan::ending(today, days);
            assert_as_told(&world, msp.account, &told, span).await;
            assert_as_told(&world, msp.account, &told, span.previous()).await;
        }
        let totals = told.totals(DaySpan::ending(today, 90), |_| true);
        all.resolved += totals.resolved;
        all.reopened += totals.reopened;
        all.escalated += totals.escalated;
        all.rated += totals.rated;
    }
    all
}

/// Every figure of a span is the one that is told.
pub(crate) async fn assert_as_told(world: &World, account: AccountId, told: &Told, span: DaySpan) {
    let mut reading = Reading::begin(&world.pool, account).await.unwrap();
    assert_eq!(reading.zone(), told.zone);
    let totals = reading.totals(span).await.unwrap();
    assert_eq!(totals, told.totals(span, |_| true), "{span:?}");
    let shown: Vec<i64> = sqlx::query_scalar(
        "SELECT unnest(ARRAY[coalesce(sum(started), 0), coalesce(sum(open), 0), coalesce(sum(closed), 0),
             coalesce(sum(resolved), 0), coalesce(sum(escalated), 0), coalesce(sum(abandoned), 0),
             coalesce(sum(reopened), 0), coalesce(sum(steps), 0), coalesce(sum(ratings), 0)]::bigint[])
         FROM bi.outcomes_daily WHERE account = $1 AND slice = 'ALL' AND day BETWEEN $2 AND $3",
    )
    .bind(account.0)
    .bind(span.first)
    .bind(span.last)
    .fetch_all(&world.pool)
    .await
    .unwrap();
    let Totals { started, open, closed, resolved, escalated, abandoned, reopened, steps, ratings, .. } =
        totals;
    assert_eq!(shown, [started, open, closed, resolved, escalated, abandoned, reopened, steps, ratings]);
    let opened = |mut totals: Totals| {
        (totals.started, totals.open) = (0, 0);
        totals
    };
    let by_domain = reading.by_domain(span).await.unwrap();
    let expected = ProblemDomain::ALL
        .map(|domain| (domain, opened(told.totals(span, |it| domain_of(it) == Some(domain)))));
    assert_eq!(by_domain, expected.into_iter().filter(|it| it.1.closed > 0).collect::<Vec<_>>());
    let by_tier = reading.by_tier(span).await.unwrap();
    let expected = ConfidenceTier::ALL.map(|tier| (tier, opened(told.totals(span, |it| it.tier == tier))));
    assert_eq!(by_tier, expected.into_iter().filter(|it| it.1.closed > 0).collect::<Vec<_>>());
    let teams: BTreeSet<_> = told.sessions.iter().filter_map(|it| it.team).collect();
    let of_team = |team, it: &SessionView| it.team == Some(team);
    let expected = teams.iter().map(|team| {
        let took = told.durations(span, Measure::Resolve, |it| of_team(*team, it));
        (*team, opened(told.totals(span, |it| of_team(*team, it))), took)
    });
    assert_eq!(
        reading.by_team(span).await.unwrap(),
        expected.filter(|it| it.1.closed > 0).collect::<Vec<_>>()
    );
    let people: BTreeSet<_> = told.sessions.iter().map(|it| it.handler).collect();
    let expected = people.iter().map(|who| {
        let took = told.durations(span, Measure::Resolve, |it| it.handler == *who);
        (*who, opened(told.totals(span, |it| it.handler == *who)), took)
    });
    assert_eq!(
        reading.by_handler(span).await.unwrap(),
        expected.filter(|it| it.1.closed > 0).collect::<Vec<_>>()
    );
    let figures = reading.durations(span, &MEASURES).await.unwrap();
    assert_eq!(figures, MEASURES.map(|measure| told.durations(span, measure, |_| true)), "{span:?}");
    let resolving = reading.resolving_by_domain(span).await.unwrap();
    let expected = ProblemDomain::ALL
        .map(|domain| (domain, told.durations(span, Measure::Resolve, |it| domain_of(it) == Some(domain))));
    assert_eq!(resolving, expected.into_iter().filter(|it| it.1.n > 0).collect());
    let domains = ProblemDomain::ALL.map(Some).into_iter().chain([None]);
    for (domain, spans) in domains.flat_map(|domain| [(domain, span.by_day()), (domain, span.by_week())]) {
        let trend = reading.resolving_trend(&spans, domain).await.unwrap();
        let expected: Vec<_> = spans
            .iter()
            .map(|span| {
                told.durations(*span, Measure::Resolve, |it| domain.is_none() || domain_of(it) == domain)
            })
            .collect();
        assert_eq!(trend, expected, "{domain:?} {span:?}");
        let n: i64 = trend.iter().map(|point| point.n).sum();
        assert!(domain.is_some() || n == totals.resolved, "the trend tells of all that were resolved");
    }
}

/// The sessions of an account as the log tells them, the zone that it is in, and when it works.
pub(crate) struct Told {
    zone: Tz,
    hours: Option<BusinessHours>,
    sessions: Vec<SessionView>,
}

impl Told {
    pub(crate) async fn of(world: &World, account: AccountId) -> Self {
        let loaded = world.store.load::<Account>(account, account.0).await.unwrap().aggregate;
        let hours = loaded.profile().unwrap().business_hours.clone();
        Self { zone: loaded.time_zone(), hours, sessions: sessions(world, account).await }
    }

    pub(crate) fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    fn falls_into(&self, span: DaySpan, at: DateTime<Utc>) -> bool {
        (span.first..=span.last).contains(&self.day(at))
    }

    fn closed(&self, span: DaySpan, which: impl Fn(&SessionView) -> bool) -> Vec<&SessionView> {
        let closed_then =
            |it: &&SessionView| it.closed_at.is_some_and(|at| self.falls_into(span, at)) && which(it);
        self.sessions.iter().filter(closed_then).collect()
    }

    fn totals(&self, span: DaySpan, which: impl Fn(&SessionView) -> bool) -> Totals {
        let started: Vec<_> =
            self.sessions.iter().filter(|it| self.falls_into(span, it.created_at)).collect();
        let closed = self.closed(span, which);
        let resolved: Vec<_> = closed.iter().filter(|it| it.status == SessionStatus::Resolved).collect();
        let ratings: Vec<_> = closed.iter().filter_map(|it| it.rating).collect();
        let count = |n: usize| i64::try_from(n).unwrap();
        Totals {
            started: count(started.len()),
            open: count(started.iter().filter(|it| !it.status.is_closed()).count()),
            closed: count(closed.len()),
            resolved: count(resolved.len()),
            escalated: count(closed.iter().filter(|it| !it.escalations.is_empty()).count()),
            abandoned: count(closed.iter().filter(|it| it.status == SessionStatus::Abandoned).count()),
            reopened: count(closed.iter().filter(|it| it.reopen_count() > 0).count()),
            guided: count(closed.iter().filter(|it| it.tier == ConfidenceTier::Guided).count()),
            steps: resolved.iter().map(|it| i64::from(it.step_count)).sum(),
            rated: count(ratings.len()),
            ratings: ratings.into_iter().map(i64::from).sum(),
            resolve_micros: resolved.iter().filter_map(|it| self.measured(it, Measure::Resolve)).sum(),
        }
    }

    fn durations(&self, span: DaySpan, measure: Measure, which: impl Fn(&SessionView) -> bool) -> Durations {
        let closed = self.closed(span, which);
        Durations::exact(closed.into_iter().filter_map(|it| self.measured(it, measure)).collect())
    }

    fn measured(&self, session: &SessionView, measure: Measure) -> Option<i64> {
        let micros = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).num_microseconds();
        match measure {
            Measure::Resolve => micros(session.created_at, session.resolved_at?),
            Measure::Duration => micros(session.created_at, session.closed_at?),
            Measure::Active => session.resolved_at.map(|_| session.active.counted_micros),
            Measure::Business => {
                let hours = self.hours.as_ref()?;
                business_time::between(hours, self.zone, session.created_at, session.resolved_at?)
                    .num_microseconds()
            }
            Measure::PickUp => session.escalations.iter().find_map(|escalation| match escalation.outcome {
                EscalationOutcome::PickedUp { at, .. } => micros(escalation.requested_at, at),
                _ => None,
            }),
        }
    }
}

fn domain_of(session: &SessionView) -> Option<ProblemDomain> {
    session.classification.as_ref().map(|it| it.domain)
}

async fn sessions(world: &World, account: AccountId) -> Vec<SessionView> {
    let events = world.events().await;
    let of_sessions =
        || events.iter().filter(|it| it.aggregate_type == "session" && it.metadata.account == account);
    let ids: BTreeSet<_> = of_sessions().map(|event| event.aggregate_id).collect();
    ids.into_iter()
        .map(|id| SessionView::fold(of_sessions().filter(|it| it.aggregate_id == id)))
        .map(|view| view.unwrap().unwrap())
        .collect()
}

#[tokio::test]
async fn of_many_sessions_percentiles_are_within_one_percent_and_all_else_is_exact() {
    let world = World::new().await;
    let msp = Msp::open(&world, "Europe/Berlin").await;
    let mut live = ByHand::new();
    for number in 0..300_i64 {
        let session = msp.start(&world, ANNA, "Locked out").await;
        world.clock.advance(TimeDelta::seconds(7 + number * number % 4_001));
        let resolve = Resolve {
            summary: "Unlocked".into(),
            action: None,
            rating: Some(4),
            feedback: None,
            redactions: vec![],
        };
        msp.ask(&world, session, ANNA, SessionAct::Resolve(resolve)).await.unwrap();
        if number % 50 == 49 {
            live.fold(&world).await;
        }
    }
    let told = Told::of(&world, msp.account).await;
    let span = DaySpan::ending(told.day(world.clock.now()), 30);
    let mut reading = Reading::begin(&world.pool, msp.account).await.unwrap();
    assert_eq!(reading.totals(span).await.unwrap(), told.totals(span, |_| true));
    let exact = told.durations(span, Measure::Resolve, |_| true);
    let figures = reading.durations(span, &[Measure::Resolve]).await.unwrap()[0];
    assert_eq!((figures.n, figures.mean), (300, exact.mean));
    assert_ne!(figures.p50, exact.p50, "they come from sketches");
    for (figure, exact) in [(figures.p50, exact.p50), (figures.p90, exact.p90), (figures.p95, exact.p95)] {
        let (figure, exact) = (figure.unwrap(), exact.unwrap());
        assert!((figure - exact).abs() <= exact * 0.01, "{figure} for {exact}");
    }
    let trend = reading.resolving_trend(&[span], None).await.unwrap();
    assert_eq!(trend, [figures]);
    let elsewhere = Msp::open(&world, "UTC").await;
    let mut elsewhere = Reading::begin(&world.pool, elsewhere.account).await.unwrap();
    assert_eq!(elsewhere.totals(span).await.unwrap(), Totals::default());
}

#[tokio::test]
async fn a_session_counts_on_the_local_day_of_its_close_and_another_zone_or_other_hours_count_anew() {
    let world = World::new().await;
    world.clock.set("2026-03-10T20:30:00Z");
    let msp = Msp::open(&world, "Europe/Berlin").await;
    let session = msp.start(&world, ANNA, "Locked out").await;
    world.clock.advance(TimeDelta::hours(2));
    let resolve = Resolve {
        summary: "Unlocked".into(),
        action: None,
        rating: None,
        feedback: None,
        redactions: vec![],
    };
    msp.ask(&world, session, ANNA, SessionAct::Resolve(resolve)).await.unwrap();
    let mut live = ByHand::new();
    let hours = |start: &str| BusinessHoursChange {
        days: Some(vec![2, 3]),
        start: Some(start.to_owned()),
        end: Some("23:00".to_owned()),
    };
    for (configure, day, business) in [
        (Configure::default(), "2026-03-10", None),
        (Configure { business_hours: hours("22:00"), ..Configure::default() }, "2026-03-10", Some(3_600.0)),
        (
            Configure { time_zone: Some("Asia/Tokyo".to_owned()), ..Configure::default() },
            "2026-03-11",
            Some(0.0),
        ),
        (Configure { business_hours: hours("06:00"), ..Configure::default() }, "2026-03-11", Some(5_400.0)),
    ] {
        if configure != Configure::default() {
            msp.change(&world, AccountAct::Configure(configure)).await;
        }
        live.fold(&world).await;
        let day: NaiveDate = day.parse().unwrap();
        for (first, resolved) in [(day.pred_opt().unwrap(), 0), (day, 1), (day.succ_opt().unwrap(), 0)] {
            let span = DaySpan { first, last: first };
            let mut reading = Reading::begin(&world.pool, msp.account).await.unwrap();
            assert_eq!(reading.totals(span).await.unwrap().resolved, resolved);
        }
        let span = DaySpan { first: day, last: day };
        let mut reading = Reading::begin(&world.pool, msp.account).await.unwrap();
        let figures = reading.durations(span, &[Measure::Business]).await.unwrap();
        assert_eq!(figures[0].mean, business, "{day}");
    }
}
