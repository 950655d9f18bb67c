//! The dashboard and its trend: what they tell of sessions that ended in every way, to whom, and of whom (10.2, 11.1, 11.2).

use chrono::{DateTime, Datelike, Duration, Utc, Weekday};
use chrono_tz::Europe::Berlin;
use domain::clock::Clock;
use domain::flow::library::starter_flows;
use serde_json::{Value, json};

use crate::client::{Client, position};
use crate::play::{self, LOCKOUT, RIDDLE};
use crate::world::World;

const STATS: &str = "{ n mean p50 p90 p95 }";
const CLOSED: &str = "{ total resolved escalated resolutionRate mttr { n mean p50 p90 p95 } averageRating }";

fn dashboard(period: &str) -> String {
    format!(
        "{{ dashboard(period: {period}) {{ period position totalSessions openSessions resolvedSessions escalatedSessions
            abandonedSessions reopenedSessions resolutionRate averageStepsToResolution averageRating
            mttr {STATS} sessionDuration {STATS} activeTime {STATS} businessTime {STATS} timeToPickUp {STATS}
            previous {{ totalSessions resolutionRate mttrMean averageRating ticketLinkRate }}
            mttrTrend {{ bucketStart n mean p50 p90 }}
            byDomain {{ problemDomain total resolved escalated resolutionRate mttr {STATS} }}
            byTier {{ tier sessions resolved resolutionRate }}
            byTeam {{ team {{ name }} sessions {CLOSED} }}
            byHandler {{ handler {{ displayName }} sessions {CLOSED} }}
            coverage {{ totalFlows aiGeneratedFlows pendingProposals approvedInPeriod rejectedInPeriod
                byDomain {{ problemDomain flowCount sessionCount guidedRate severity explanation }} }}
            psa {{ ticketLinkRate firstTrySuccessRate eventualSuccessRate timeEntries hoursLogged }} }} }}"
    )
}

async fn told(client: &Client, position: i64, period: &str) -> Value {
    client.data_at(position, &dashboard(period), Value::Null).await["dashboard"].take()
}

async fn start(world: &World) -> String {
    play::start(&world.firm.engineer, RIDDLE).await.id
}

async fn act(client: &Client, mutation: &str, mut input: Value, session: &str) -> i64 {
    input["sessionId"] = session.into();
    position(&client.done(mutation, input, "").await)
}

/// One of two who handled sessions resolved two of three, the other the one that was escalated to them; both are in one team.
fn people_and_teams_are_told(board: &Value) {
    let people = board["byHandler"].as_array().unwrap();
    let ended: Vec<_> = people.iter().map(|it| &it["sessions"]).collect();
    let counts = |it: &Value| json!([it["total"], it["resolved"], it["escalated"], it["averageRating"]]);
    assert_eq!(
        ended.iter().map(|it| counts(it)).collect::<Vec<_>>(),
        [json!([3, 2, 0, 5.0]), json!([1, 1, 1, 2.0])]
    );
    assert_ne!(people[0]["handler"], people[1]["handler"]);
    assert_eq!(ended[1]["resolutionRate"], 1.0);
    assert!(ended[1]["mttr"]["mean"].as_f64().unwrap() >= 3.0 * 3_600.0);
    let teams = board["byTeam"].as_array().unwrap();
    assert_eq!(teams.len(), 1, "both are in one team: {teams:?}");
    assert_eq!(counts(&teams[0]["sessions"]), json!([4, 3, 1, 3.5]));
    assert_eq!(teams[0]["sessions"]["mttr"], board["mttr"]);
    assert!(teams[0]["team"]["name"].is_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dashboard_tells_what_became_of_the_sessions_of_a_period() {
    let world = World::start().await;
    let (firm, hour) = (&world.firm, Duration::hours(1));
    let resolve = |rating: Value| json!({ "summary": "It was loose.", "rating": rating });
    let [solved, given_up, handed, reopened, open] = [
        start(&world).await,
        start(&world).await,
        start(&world).await,
        start(&world).await,
        start(&world).await,
    ];

    world.clock.pass(hour);
    act(&firm.engineer, "pauseSession", json!({}), &solved).await;
    world.clock.pass(hour);
    act(&firm.engineer, "resumeSession", json!({}), &solved).await;
    act(&firm.engineer, "resolveSession", resolve(json!(5)), &solved).await;
    act(&firm.engineer, "abandonSession", json!({}), &given_up).await;
    act(&firm.engineer, "escalateSession", json!({ "reason": "Beyond me." }), &handed).await;
    world.clock.pass(hour);
    act(&firm.engineer2, "pickUpSession", json!({ "mode": "CONTINUE" }), &handed).await;
    act(&firm.engineer2, "resolveSession", resolve(json!(2)), &handed).await;
    act(&firm.engineer, "resolveSession", resolve(Value::Null), &reopened).await;
    world.clock.pass(hour);
    act(&firm.engineer, "reopenSession", json!({ "reason": "It came back." }), &reopened).await;
    let last = act(&firm.engineer, "resolveSession", resolve(Value::Null), &reopened).await;

    let board = told(&firm.owner, last, "LAST_7_DAYS").await;
    assert!(board["position"].as_str().unwrap().parse::<i64>().unwrap() >= last);
    for (figure, expected) in [
        ("period", json!("LAST_7_DAYS")),
        ("totalSessions", json!(5)),
        ("openSessions", json!(1)),
        ("resolvedSessions", json!(3)),
        ("escalatedSessions", json!(1)),
        ("abandonedSessions", json!(1)),
        ("reopenedSessions", json!(1)),
        ("resolutionRate", json!(0.75)),
        ("averageRating", json!(3.5)),
        ("psa", Value::Null),
        (
            "previous",
            json!({ "totalSessions": 0, "resolutionRate": null, "mttrMean": null, "averageRating": null, "ticketLinkRate": null }),
        ),
        ("businessTime", json!({ "n": 0, "mean": null, "p50": null, "p90": null, "p95": null })),
    ] {
        assert_eq!(board[figure], expected, "{figure}");
    }
    for (figure, n, least_hours) in [
        ("mttr", 3, 3.0),
        ("sessionDuration", 4, 2.75),
        ("activeTime", 3, 7.0 / 3.0),
        ("timeToPickUp", 1, 1.0),
    ] {
        let (stats, bound) = (&board[figure], least_hours * 3_600.0);
        assert_eq!(stats["n"], n, "{figure}");
        let mean = stats["mean"].as_f64().unwrap();
        assert!(mean >= bound && mean < bound + 3_600.0 / 4.0, "{figure}: {mean} for {bound}");
    }
    let steps = board["averageStepsToResolution"].as_f64().unwrap();
    assert!(steps >= 1.0, "{steps}");
    let tiers = board["byTier"].as_array().unwrap();
    assert_eq!(tiers.iter().map(|it| it["sessions"].as_i64().unwrap()).sum::<i64>(), 4);
    let domains = board["byDomain"].as_array().unwrap();
    assert_eq!(domains.len(), 1, "the same problem is of the same domain: {domains:?}");
    let of_domain = json!([domains[0]["total"], domains[0]["resolved"], domains[0]["escalated"]]);
    assert_eq!((of_domain, &domains[0]["mttr"]), (json!([4, 3, 1]), &board["mttr"]));

    people_and_teams_are_told(&board);

    let closed = act(&firm.engineer, "abandonSession", json!({}), &open).await;
    let later = told(&firm.owner, closed, "LAST_30_DAYS").await;
    assert_eq!(
        json!([later["totalSessions"], later["openSessions"], later["abandonedSessions"]]),
        json!([5, 0, 2])
    );
    assert_eq!(later["mttr"], board["mttr"]);

    // Once the account says when it works, that tells of the sessions that were there before, too.
    let hours =
        json!({ "businessDays": [1, 2, 3, 4, 5, 6, 7], "businessStart": "00:00", "businessEnd": "23:59" });
    let configured = position(&firm.owner.done("configureAccount", hours, "").await);
    let worked = told(&firm.owner, configured, "LAST_7_DAYS").await["businessTime"].take();
    let (mean, mttr) = (worked["mean"].as_f64().unwrap(), board["mttr"]["mean"].as_f64().unwrap());
    assert_eq!(worked["n"], 3);
    assert!(mean <= mttr && mean >= mttr - 60.0, "all but a minute of a day: {mean} for {mttr}");

    // The next week these are the week before.
    world.clock.pass(Duration::days(7));
    let next = told(&firm.owner, closed, "LAST_7_DAYS").await;
    assert_eq!(
        json!([next["totalSessions"], next["abandonedSessions"], next["mttr"]["n"]]),
        json!([0, 0, 0])
    );
    assert_eq!(next["previous"]["totalSessions"], 5);
    assert_eq!(next["previous"]["resolutionRate"], 0.6);
    assert_eq!(next["previous"]["mttrMean"], board["mttr"]["mean"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trend_has_a_point_for_each_local_day_or_week_and_tells_of_every_resolved_session() {
    let world = World::start().await;
    let firm = &world.firm;
    let mut last = 0;
    for days in [0, 3, 40] {
        world.clock.pass(Duration::days(days));
        let session = start(&world).await;
        last = act(&firm.engineer, "resolveSession", json!({ "summary": "It was loose." }), &session).await;
    }
    let today = world.clock.now().with_timezone(&Berlin).date_naive();
    for (period, points, resolved) in
        [("LAST_7_DAYS", 7, 1), ("LAST_30_DAYS", 30, 1), ("LAST_90_DAYS", 90, 3), ("LAST_365_DAYS", 53, 3)]
    {
        let query = format!("{{ mttrTrend(period: {period}) {{ bucketStart n mean p50 p90 }} }}");
        let mut answer = firm.analyst.data_at(last, &query, Value::Null).await;
        let board = told(&firm.analyst, last, period).await;
        assert_eq!(board["mttrTrend"], answer["mttrTrend"]);
        let trend = answer["mttrTrend"].take();
        let trend = trend.as_array().unwrap();
        assert!(trend.len() == points || (points == 53 && trend.len() == 54), "{period}: {}", trend.len());
        assert_eq!(board["resolvedSessions"], resolved, "{period}");
        assert_eq!(trend.iter().map(|it| it["n"].as_i64().unwrap()).sum::<i64>(), resolved, "{period}");
        for point in trend {
            let start: DateTime<Utc> = point["bucketStart"].as_str().unwrap().parse().unwrap();
            let local = start.with_timezone(&Berlin);
            assert_eq!(local.time().to_string(), "00:00:00", "{period}");
            assert!(points != 53 || local.weekday() == Weekday::Mon);
            let empty = point["n"] == 0;
            for figure in ["mean", "p50", "p90"] {
                assert_eq!(point[figure].is_null(), empty, "{point}");
            }
        }
        if points != 53 {
            let newest: DateTime<Utc> = trend[points - 1]["bucketStart"].as_str().unwrap().parse().unwrap();
            assert_eq!(newest.with_timezone(&Berlin).date_naive(), today);
        }
    }
    for (domain, n) in [("OTHER", 3), ("PRINTING", 0)] {
        let query = format!("{{ mttrTrend(problemDomain: {domain}) {{ n }} }}");
        let trend = firm.analyst.data_at(last, &query, Value::Null).await["mttrTrend"].take();
        assert_eq!(trend.as_array().unwrap().iter().map(|it| it["n"].as_i64().unwrap()).sum::<i64>(), n);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn analytics_are_for_the_roles_that_read_them_and_of_the_own_account_alone() {
    let world = World::start().await;
    let (firm, rival) = (&world.firm, &world.rival);
    let session = start(&world).await;
    let last = act(&firm.engineer, "resolveSession", json!({ "summary": "It was loose." }), &session).await;
    for (person, sessions) in [
        (&firm.engineer, None),
        (&firm.loner, None),
        (&firm.admin, Some(1)),
        (&firm.analyst, Some(1)),
        (&firm.owner, Some(1)),
        (&firm.operator, Some(1)),
        (&rival.engineer, None),
        (&rival.admin, Some(0)),
        (&rival.owner, Some(0)),
        (&rival.operator, Some(0)),
    ] {
        let board = person.graphql_at(last, "{ dashboard { totalSessions mttr { n } } }", Value::Null).await;
        let trend = person.graphql_at(last, "{ mttrTrend { n } }", Value::Null).await;
        let Some(sessions) = sessions else {
            assert_eq!((board.code(), trend.code()), ("FORBIDDEN", "FORBIDDEN"), "{}", person.name);
            continue;
        };
        let board = board.data()["dashboard"].take();
        assert_eq!(board, json!({ "totalSessions": sessions, "mttr": { "n": sessions } }), "{}", person.name);
        let trend = trend.data()["mttrTrend"].take();
        let n: i64 = trend.as_array().unwrap().iter().map(|it| it["n"].as_i64().unwrap()).sum();
        assert_eq!(n, sessions, "{}", person.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coverage_counts_flows_beside_sessions_and_says_why_a_gap_matters() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let mut last = 0;
    for text in [RIDDLE, RIDDLE, RIDDLE, RIDDLE, RIDDLE, LOCKOUT] {
        let session = play::start(engineer, text).await;
        last = act(engineer, "resolveSession", json!({ "summary": "It was loose." }), &session.id).await;
    }
    let coverage = told(&world.firm.admin, last, "LAST_30_DAYS").await["coverage"].take();
    let flows = starter_flows().len();
    assert_eq!(json!([coverage["totalFlows"], coverage["aiGeneratedFlows"]]), json!([flows, 0]));
    let domains = coverage["byDomain"].as_array().unwrap();
    let of = |name: &str| domains.iter().find(|it| it["problemDomain"] == name).unwrap();
    let counted: i64 = domains.iter().map(|it| it["flowCount"].as_i64().unwrap()).sum();
    assert_eq!(usize::try_from(counted).unwrap(), flows, "every starter flow has a domain");
    let (riddles, lockouts) = (of("OTHER"), of("ACTIVE_DIRECTORY"));
    assert_eq!(json!([riddles["sessionCount"], riddles["guidedRate"]]), json!([5, 0.0]));
    assert_eq!(riddles["severity"], if riddles["flowCount"] == 0 { "MEDIUM" } else { "LOW" });
    let why = riddles["explanation"].as_str().unwrap();
    assert!(why.starts_with("5 sessions, ") && why.ends_with("few guided."), "{why}");
    assert_eq!(json!([lockouts["sessionCount"], lockouts["guidedRate"]]), json!([1, 1.0]));
    assert_eq!(json!([lockouts["severity"], lockouts["explanation"]]), json!([null, null]));
}
