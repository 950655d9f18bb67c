//! Lists of sessions: filters, search, orders, and pages that give every session exactly once.

use domain::access::Caller;
use domain::id::{AccountId, FlowId, SessionId};
use domain::problem::ProblemDomain;
use domain::session::status::{ConfidenceTier, SessionStatus};
use domain::session::view::SessionView;
use projections::sessions::queries::{self, SessionFilter, SessionOrder};
use sqlx::PgPool;

use crate::by_hand::ByHand;
use crate::msp::{ADMIN, ANNA, BEN, Msp};
use crate::story::{Kind, Story, a};
use crate::world::World;

/// Some dozens of sessions of one account in all states, and an admin who sees them all.
async fn many(world: &World) -> (AccountId, Caller, Vec<SessionView>) {
    let mut story = Story::begin(world).await;
    for number in 0..24_u8 {
        story.play(a(Kind::Start, 0, number % 7, number * 5)).await;
        let last = u8::try_from(story.sessions.len()).unwrap() - 1;
        for (kind, skip) in [
            (Kind::Classify, 5),
            (Kind::Match, 4),
            (Kind::Present, 7),
            (Kind::Answer, 3),
            (Kind::Escalate, 2),
            (Kind::PickUp, 3),
            (Kind::Resolve, 2),
            (Kind::Abandon, 4),
        ] {
            if number % skip != 0 {
                story.play(a(kind, last, 0, number * 5)).await;
            }
        }
    }
    ByHand::new().fold(world).await;
    let msp = &story.msps[0];
    let mut views = Vec::new();
    for (_, session) in story.sessions.iter().filter(|(at, _)| *at == 0) {
        let mut view = world.view(msp.account, *session).await;
        view.take_intake_content();
        views.push(view);
    }
    (msp.account, msp.people[ADMIN].clone(), views)
}

type Keeps = Box<dyn Fn(&SessionView) -> bool>;

#[tokio::test]
async fn each_filter_keeps_what_it_says_and_all_together() {
    let world = World::new().await;
    let (account, caller, views) = many(&world).await;
    let middle = views[views.len() / 2].created_at;
    let some = views.iter().find(|view| view.team.is_some()).unwrap();
    let (handler, opener, team, me) = (some.handler, some.opened_by, some.team, caller.user);
    let none = SessionFilter::default;
    let filters: Vec<(SessionFilter, Keeps)> = vec![
        (
            SessionFilter { status: vec![SessionStatus::Active, SessionStatus::Resolved], ..none() },
            Box::new(|it| matches!(it.status, SessionStatus::Active | SessionStatus::Resolved)),
        ),
        (
            SessionFilter {
                domain: vec![ProblemDomain::ActiveDirectory, ProblemDomain::Virtualization],
                ..none()
            },
            Box::new(|it| {
                it.classification.as_ref().is_some_and(|it| {
                    matches!(it.domain, ProblemDomain::ActiveDirectory | ProblemDomain::Virtualization)
                })
            }),
        ),
        (
            SessionFilter { tier: vec![ConfidenceTier::Discovery], ..none() },
            Box::new(|it| it.tier == ConfidenceTier::Discovery),
        ),
        (SessionFilter { handler: Some(handler), ..none() }, Box::new(move |it| it.handler == handler)),
        (SessionFilter { opened_by: Some(opener), ..none() }, Box::new(move |it| it.opened_by == opener)),
        (SessionFilter { team, ..none() }, Box::new(move |it| it.team == team)),
        (SessionFilter { started_after: Some(middle), ..none() }, Box::new(move |it| it.created_at > middle)),
        (
            SessionFilter { started_before: Some(middle), ..none() },
            Box::new(move |it| it.created_at < middle),
        ),
        (SessionFilter { mine: true, ..none() }, Box::new(move |it| it.opened_by == me || it.handler == me)),
        (none(), Box::new(|_| true)),
    ];
    for (filter, keeps) in &filters {
        let kept = views.iter().filter(|view| keeps(view)).count();
        assert!(kept > 0 && (kept < views.len() || *filter == none()), "a filter worth trying: {filter:?}");
        let page = page(&world.pool, account, &caller, filter, SessionOrder::Newest, None, 1000).await;
        assert!(page.iter().all(keeps), "{filter:?}");
        assert_eq!(page.len(), kept, "{filter:?}");
        let count = queries::count(&world.pool, account, &caller, filter).await.unwrap();
        assert_eq!(count, i64::try_from(kept).unwrap());
    }
    let both = SessionFilter { started_after: Some(middle), handler: Some(handler), ..none() };
    let kept = views.iter().filter(|it| it.created_at > middle && it.handler == handler).count();
    let count = queries::count(&world.pool, account, &caller, &both).await.unwrap();
    assert_eq!(count, i64::try_from(kept).unwrap());
}

#[tokio::test]
async fn pages_give_every_session_once_in_order_though_many_began_at_the_same_instant() {
    let world = World::new().await;
    let (account, caller, views) = many(&world).await;
    let filter = SessionFilter::default();
    for order in [SessionOrder::Newest, SessionOrder::Oldest, SessionOrder::RecentlyUpdated] {
        let key = |view: &SessionView| match order {
            SessionOrder::RecentlyUpdated => (view.updated_at, view.id),
            SessionOrder::Newest | SessionOrder::Oldest => (view.created_at, view.id),
        };
        let mut expected: Vec<_> = views.iter().map(key).collect();
        expected.sort();
        if order != SessionOrder::Oldest {
            expected.reverse();
        }
        let instants: std::collections::BTreeSet<_> = expected.iter().map(|(at, _)| *at).collect();
        assert!(instants.len() < expected.len() || order == SessionOrder::RecentlyUpdated, "there are ties");
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = page(&world.pool, account, &caller, &filter, order, after, 2).await;
            let Some(last) = page.last() else { break };
            after = Some(key(last));
            seen.extend(page.iter().map(key));
        }
        assert_eq!(seen, expected, "{order:?}");
    }
}

#[tokio::test]
async fn a_search_finds_words_of_text_log_summary_symptoms_and_ticket_by_their_beginnings() {
    let world = World::new().await;
    let mut story = Story::of(&world, vec![Msp::open(&world, "UTC").await]);
    let msp = &story.msps[0];
    let outlook = msp
        .start(
            &world,
            ANNA,
            "ÜBERALL: Outlook asks; mail yilmaz@contoso.com, host dc01.contoso.local (NB-0417)\\'",
        )
        .await;
    let printer = msp.start(&world, BEN, "The printer is out of paper & toner | jam").await;
    // In a batch of its own, as a later ticket and a later classification come.
    let mut live = ByHand::new();
    live.fold(&world).await;
    story.sessions = vec![(0, outlook)];
    story.play(a(Kind::Link, 0, 0, 3)).await;
    live.fold(&world).await;
    story.play(a(Kind::Classify, 0, 0, 1)).await;
    live.fold(&world).await;
    let msp = &story.msps[0];
    for (search, expected) in [
        ("outlook", vec![outlook]),
        ("OUTL ask", vec![outlook]),
        ("überall", vec![outlook]),
        ("yilmaz@contoso.com", vec![outlook]),
        ("contoso local", vec![outlook]),
        ("0417", vec![outlook]),
        ("NB-0417", vec![outlook]),
        ("T-3", vec![outlook]),
        ("locked", vec![outlook]),
        ("case", vec![outlook]),
        ("out", vec![outlook, printer]),
        ("printer | outlook", vec![]),
        ("printer & !toner", vec![printer]),
        ("utlook", vec![]),
        ("' OR true --", vec![]),
        ("jam' \\", vec![printer]),
    ] {
        let mut found = found(&world.pool, msp, search).await;
        found.sort();
        assert_eq!(found, expected, "{search}");
    }
    assert_eq!(found(&world.pool, msp, " \t").await.len(), 2, "no words, no narrowing");
    // What was found to be secret is not found any more.
    story.play(a(Kind::Redact, 0, 0, 1)).await;
    live.fold(&world).await;
    assert!(found(&world.pool, &story.msps[0], "0417").await.is_empty());
}

async fn found(pool: &PgPool, msp: &Msp, search: &str) -> Vec<SessionId> {
    let filter = SessionFilter { search: Some(search.to_owned()), ..SessionFilter::default() };
    let page = page(pool, msp.account, &msp.people[ADMIN], &filter, SessionOrder::Newest, None, 100).await;
    page.into_iter().map(|view| view.id).collect()
}

#[tokio::test]
async fn sessions_tell_of_a_flow_how_often_it_matched_closed_and_solved_and_when_last() {
    let world = World::new().await;
    let (account, _, views) = many(&world).await;
    let flow = |view: &SessionView| Some(view.matched.as_ref()?.chosen.as_ref()?.flow);
    let known: Vec<FlowId> = views.iter().filter_map(flow).collect();
    assert!(!known.is_empty());
    let records = queries::flow_records(&world.pool, account, &known).await.unwrap();
    for record in &records {
        let theirs: Vec<_> = views.iter().filter(|view| flow(view) == record.flow).collect();
        let count = |keeps: &dyn Fn(&SessionView) -> bool| {
            i64::try_from(theirs.iter().filter(|view| keeps(view)).count()).unwrap()
        };
        assert_eq!(record.matched, count(&|_| true));
        assert_eq!(record.closed, count(&|view| view.status.is_closed()));
        assert_eq!(record.resolved, count(&|view| view.status == SessionStatus::Resolved));
        assert!(record.last_matched_at >= theirs.iter().map(|view| view.created_at).max());
    }
    let none = queries::flow_records(&world.pool, account, &[]).await.unwrap();
    assert!(none.is_empty());
}

async fn page(
    pool: &PgPool,
    account: AccountId,
    caller: &Caller,
    filter: &SessionFilter,
    order: SessionOrder,
    after: Option<(chrono::DateTime<chrono::Utc>, SessionId)>,
    limit: i64,
) -> Vec<SessionView> {
    queries::page(pool, account, caller, filter, order, after, limit).await.unwrap()
}

/// How many rows of sessions were read so far, as far as this connection's statements go.
async fn rows_read(pool: &PgPool) -> i64 {
    sqlx::query("SELECT pg_stat_force_next_flush()").execute(pool).await.unwrap();
    let sql = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'sessions'";
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn an_engineers_list_does_not_walk_the_accounts() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let own = [msp.start(&world, ANNA, "Paper jam").await, msp.start(&world, ANNA, "No sound").await];
    ByHand::new().fold(&world).await;
    // The statements of one connection are counted when they end.
    let pool = event_store::connections(1).connect_lazy_with(world.options.clone());
    for sql in [
        "INSERT INTO sessions SELECT (jsonb_populate_record(one, jsonb_build_object('id', gen_random_uuid(),
             'opened_by', md5((n % 200)::text)::uuid, 'handler', md5((n % 200)::text)::uuid))).*
         FROM sessions AS one, generate_series(1, 10000) AS n",
        "ANALYZE sessions",
    ] {
        sqlx::query(sql).execute(&pool).await.unwrap();
    }
    let caller = &msp.people[ANNA];
    for filter in [SessionFilter::default(), SessionFilter { mine: true, ..SessionFilter::default() }] {
        let before = rows_read(&pool).await;
        for order in [SessionOrder::Newest, SessionOrder::Oldest, SessionOrder::RecentlyUpdated] {
            let page = page(&pool, msp.account, caller, &filter, order, None, 21).await;
            assert!(page.len() == 2 && page.iter().all(|view| own.contains(&view.id)), "{order:?}");
        }
        assert_eq!(queries::count(&pool, msp.account, caller, &filter).await.unwrap(), 2);
        let read = rows_read(&pool).await - before;
        assert!(read < 1_000, "{read} rows were read for two: {filter:?}");
    }
}
