//! Who sees which sessions: SQL decides as the domain does (rule 11.4), and accounts never see each other's.

use domain::access::{Caller, Role};
use domain::id::{SessionId, UserId};
use domain::session::status::SessionStatus;
use domain::session::view::SessionView;
use projections::sessions::queries::{self, SessionFilter, SessionOrder};
use projections::{accounts, flows};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use crate::by_hand::ByHand;
use crate::msp::{ADMIN, ANNA, Msp};
use crate::story::{Kind, Move, Story, a};
use crate::world::{World, new_id};

/// Sessions and what happens to them; escalations above all.
fn moves() -> impl Strategy<Value = Vec<Move>> {
    use Kind::*;
    let kind = prop::sample::select(vec![
        Start, Start, Start, Escalate, Escalate, Escalate, Release, PickUp, PickUp, Recall, Expire, HandOff,
        Resolve, Reopen, Pause,
    ]);
    let one = (kind, any::<u8>(), any::<u8>(), any::<u8>())
        .prop_map(|(kind, place, who, detail)| a(kind, place, who, detail));
    proptest::collection::vec(one, 15..50)
}

#[test]
fn lists_counts_and_single_sessions_show_what_the_rules_let_a_caller_see() {
    let runtime = Runtime::new().unwrap();
    let config = Config { cases: 10, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let outcome = TestRunner::new(config).run(&moves(), |moves| {
        runtime.block_on(compare(&moves));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

async fn compare(moves: &[Move]) {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    for it in moves {
        story.play(*it).await;
    }
    ByHand::new().fold(&world).await;
    let every: Vec<SessionId> = story.sessions.iter().map(|(_, session)| *session).collect();
    for (at, msp) in story.msps.iter().enumerate() {
        let mut own = Vec::new();
        for (_, session) in story.sessions.iter().filter(|(account, _)| *account == at) {
            let mut view = world.view(msp.account, *session).await;
            view.take_intake_content();
            own.push(view);
        }
        for caller in callers(msp) {
            sees_what_it_may(&world, msp, &caller, &own, &every).await;
        }
    }
}

/// Everybody there is, everybody in another role or other teams, and a stranger.
fn callers(msp: &Msp) -> Vec<Caller> {
    let mut callers = msp.people.clone();
    callers.push(Caller { user: UserId(new_id()), role: Role::Engineer, teams: msp.teams.to_vec() });
    for person in &msp.people[1..5] {
        callers.push(Caller { teams: vec![msp.teams[1]], ..person.clone() });
        callers.push(Caller { teams: vec![], role: Role::Engineer, ..person.clone() });
    }
    callers
}

async fn sees_what_it_may(
    world: &World,
    msp: &Msp,
    caller: &Caller,
    own: &[SessionView],
    every: &[SessionId],
) {
    let pool = &world.pool;
    let all = SessionFilter::default();
    let mut expected: Vec<&SessionView> = own.iter().filter(|view| view.visible_to(caller)).collect();
    expected.sort_by_key(|view| (view.created_at, view.id.0));
    let page =
        queries::page(pool, msp.account, caller, &all, SessionOrder::Oldest, None, 1000).await.unwrap();
    assert_eq!(page.iter().collect::<Vec<_>>(), expected, "{caller:?}");
    let count = queries::count(pool, msp.account, caller, &all).await.unwrap();
    assert_eq!(count, i64::try_from(expected.len()).unwrap());
    pages_follow_one_another(world, msp, caller, &expected).await;
    let mut several = queries::several(pool, msp.account, caller, every).await.unwrap();
    several.sort_by_key(|view| (view.created_at, view.id.0));
    assert_eq!(several.iter().collect::<Vec<_>>(), expected);
    for session in every {
        let one = queries::one(pool, msp.account, caller, *session).await.unwrap();
        assert_eq!(one.as_ref(), expected.iter().copied().find(|view| view.id == *session));
    }
}

async fn pages_follow_one_another(world: &World, msp: &Msp, caller: &Caller, expected: &[&SessionView]) {
    let open = vec![SessionStatus::Active, SessionStatus::RequestingEscalation];
    let open = SessionFilter { status: open, ..SessionFilter::default() };
    let mine = SessionFilter { mine: true, ..SessionFilter::default() };
    for (filter, order) in [
        (SessionFilter::default(), SessionOrder::Newest),
        (open, SessionOrder::Oldest),
        (mine, SessionOrder::RecentlyUpdated),
    ] {
        let key = |view: &SessionView| match order {
            SessionOrder::RecentlyUpdated => (view.updated_at, view.id),
            SessionOrder::Newest | SessionOrder::Oldest => (view.created_at, view.id),
        };
        let wanted = |view: &SessionView| {
            (filter.status.is_empty() || filter.status.contains(&view.status))
                && (!filter.mine || [view.handler, view.opened_by].contains(&caller.user))
        };
        let mut wanted: Vec<_> = expected.iter().filter(|view| wanted(view)).map(|view| key(view)).collect();
        wanted.sort();
        if order != SessionOrder::Oldest {
            wanted.reverse();
        }
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page =
                queries::page(&world.pool, msp.account, caller, &filter, order, after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(key(last));
            seen.extend(page.iter().map(key));
        }
        assert_eq!(seen, wanted, "{order:?} for {caller:?}");
        let count = queries::count(&world.pool, msp.account, caller, &filter).await.unwrap();
        assert_eq!(count, i64::try_from(wanted.len()).unwrap());
    }
}

#[tokio::test]
async fn twins_in_two_accounts_never_show_up_in_the_other_one() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    let mut twins = Vec::new();
    for place in [0, 1] {
        story.play(a(Kind::CreateFlow, place, 0, 3)).await;
        twins.push(story.msps[usize::from(place)].start(&world, ANNA, "Locked out at contoso").await);
    }
    ByHand::new().fold(&world).await;
    let pool = &world.pool;
    let search = SessionFilter { search: Some("contoso".to_owned()), ..SessionFilter::default() };
    for (at, msp) in story.msps.iter().enumerate() {
        let (own, other) = (twins[at], twins[1 - at]);
        let admin = &msp.people[ADMIN];
        for filter in
            [&search, &SessionFilter { mine: true, ..SessionFilter::default() }, &SessionFilter::default()]
        {
            let page = queries::page(pool, msp.account, admin, filter, SessionOrder::Newest, None, 100)
                .await
                .unwrap();
            assert!(page.iter().all(|view| view.account == msp.account && view.id != other));
        }
        assert_eq!(queries::count(pool, msp.account, admin, &search).await.unwrap(), 1 + i64::from(at == 0));
        let anna = &msp.people[ANNA];
        let found = queries::page(pool, msp.account, anna, &search, SessionOrder::Newest, None, 100).await;
        assert!(found.unwrap().iter().any(|view| view.id == own));
        let mine = SessionFilter { mine: true, ..search.clone() };
        assert_eq!(queries::count(pool, msp.account, anna, &mine).await.unwrap(), 1 + i64::from(at == 0));
        let unheard = SessionFilter { search: Some("xylophone".to_owned()), ..SessionFilter::default() };
        assert_eq!(queries::count(pool, msp.account, anna, &unheard).await.unwrap(), 0);
        assert!(queries::one(pool, msp.account, admin, other).await.unwrap().is_none());
        assert!(queries::intake_content(pool, msp.account, other).await.unwrap().is_none());
        assert!(queries::intake_content(pool, msp.account, own).await.unwrap().is_some());
        let contents = queries::intake_contents(pool, msp.account, &twins).await.unwrap();
        assert_eq!(contents.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [own]);

        let stranger = story.msps[1 - at].people[ANNA].user;
        assert!(accounts::members_by_id(pool, msp.account, &[stranger]).await.unwrap().is_empty());
        let members = accounts::members(pool, msp.account).await.unwrap();
        assert_eq!(members.len(), msp.people.len());
        assert!(members.iter().all(|member| member.account == msp.account));
        let teams = accounts::teams(pool, msp.account).await.unwrap();
        assert_eq!(teams.iter().map(|team| team.id).collect::<Vec<_>>(), [msp.teams[1], msp.teams[0]]);
        assert_eq!(accounts::account(pool, msp.account).await.unwrap().unwrap().version, 12);

        let all = flows::queries::FlowFilter::default();
        let own = flows::queries::page(pool, msp.account, &all, None, 100).await.unwrap();
        assert_eq!(own.len(), 1 + usize::from(at == 0));
        assert_eq!(flows::queries::published(pool, msp.account).await.unwrap().len(), own.len());
        let elsewhere = story.msps[1 - at].account;
        for flow in own {
            assert!(flows::queries::one(pool, elsewhere, flow.id, None).await.unwrap().is_none());
            assert!(flows::queries::one(pool, elsewhere, flow.id, Some(1)).await.unwrap().is_none());
        }
    }
    // One address in two accounts: that is no answer to who somebody is.
    assert_eq!(accounts::members_by_email(pool, "ANNA@nord-it.test").await.unwrap().len(), 2);
}
