//! Three hundred sessions of an account that began with the starter library: what each of them taught is foretold one by one from
//! the decision table (rule 6.2), and so are the gaps they leave (rule 10.1); the same history gives the same read models.

use std::collections::{BTreeMap, BTreeSet};

use projections::comparison::{Compared, with_a_fresh_fold};
use serde_json::{Value, json};

use crate::client::{Client, position};
use crate::course::wait_for_step;
use crate::flywheel::{analysed, queue, resolve};
use crate::play::{self, LOCKOUT, answer, obvious_answer};
use crate::world::World;

const PRINTER: &str = "Printer queue hangs, error 0x0000011b when connecting to the shared printer.";
const OUTLOOK: &str = "Outlook keeps asking for a password although the password is right.";
const VPN: &str = "The site-to-site VPN drops every hour and comes back after ten minutes.";

/// Problems that no flow fits, none like another.
const NOVEL: [&str; 10] = [
    "The aquarium in the lobby hums in B flat.",
    "The badge encoder writes the wrong numbers on visitor cards.",
    "The franking scale weighs every letter two grams too heavy.",
    "Subtitles are missing when the meeting room projector plays the safety film.",
    "The espresso machine's payment terminal rejects company cards.",
    "The gate barrier opens for delivery vans but not for bicycles.",
    "Colours on the foyer's video wall are swapped, green looks violet.",
    "The cafeteria's scanner reads barcodes of yoghurt as cheese.",
    "The lift display shows the weather of another city.",
    "The time clock at the north entrance is nine minutes ahead.",
];

/// One problem that no flow fits, in different words.
const REPEATED: [&str; 4] = [
    "The forklift's barcode gun beeps twice and forgets the pallet number after every scan.",
    "After every scan the barcode gun of the forklift beeps twice and the pallet number is forgotten.",
    "Forklift: barcode gun forgets the pallet number after each scan, it beeps twice.",
    "The barcode gun on the forklift beeps twice after scanning, then the pallet number is forgotten.",
];
const REMEDY: &str = "Switched the barcode gun of the forklift from batch mode to live mode.";

/// How a session goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// Along its flow to a solution that helps.
    Followed(&'static str),
    /// Along its flow, and resolved before it came to a solution.
    Unfinished(&'static str),
    /// Resolved before anything was answered.
    Unanswered(&'static str),
    /// The flow's first question is answered in own words, then something else helped.
    Diverged(&'static str),
    /// No flow fits: answered twice, then somebody knew.
    Novel(usize),
    /// The same problem of no flow, in one of its wordings.
    Repeated(usize),
    /// Handed on, and led to the flow's solution by who took it.
    Escalated(&'static str),
    /// Given up.
    Abandoned(&'static str),
}

/// What the decision table says of a session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Taught {
    Nothing(&'static str),
    Reinforced,
    /// It is for this proposal, by a name of ours.
    For(String),
}

/// A session that ended.
struct Told {
    id: String,
    course: Course,
    domain: String,
    taught: Option<Taught>,
    /// Questions of no flow that were answered in own words.
    in_own_words: Vec<String>,
}

impl Course {
    /// The row of the table that holds first.
    fn taught(self) -> Option<Taught> {
        Some(match self {
            Self::Followed(_) | Self::Escalated(_) => Taught::Reinforced,
            Self::Unfinished(_) => Taught::Nothing("unfinished"),
            Self::Unanswered(_) => Taught::Nothing("no_path"),
            Self::Diverged(of) => Taught::For(format!("change of the flow for: {of}")),
            Self::Novel(which) => Taught::For(format!("flow for: {}", NOVEL[which])),
            Self::Repeated(_) => Taught::For("flow for: the barcode gun".to_owned()),
            Self::Abandoned(_) => return None,
        })
    }

    /// No flow fits it.
    fn is_unmatched(self) -> bool {
        matches!(self, Self::Novel(_) | Self::Repeated(_))
    }
}

/// Three hundred courses, of every kind among the others.
fn courses() -> Vec<Course> {
    use Course::*;
    let kinds: [(usize, &dyn Fn(usize) -> Course); 9] = [
        (60, &|_| Followed(LOCKOUT)),
        (40, &|_| Followed(PRINTER)),
        (30, &|_| Unfinished(LOCKOUT)),
        (30, &|_| Unanswered(OUTLOOK)),
        (40, &|_| Diverged(OUTLOOK)),
        (10, &Novel),
        (50, &|number| Repeated(number % REPEATED.len())),
        (30, &|_| Escalated(VPN)),
        (10, &|_| Abandoned(PRINTER)),
    ];
    let in_order: Vec<_> = kinds.iter().flat_map(|(count, course)| (0..*count).map(course)).collect();
    // 97 has no divisor in common with 300: each comes once.
    (0..300).map(|place| in_order[place * 97 % 300]).collect()
}

/// Leads a session through its course.
async fn lead(world: &World, course: Course) -> Told {
    let (engineer, colleague) = (&world.firm.engineer, &world.firm.engineer2);
    let text = match course {
        Course::Followed(text)
        | Course::Unfinished(text)
        | Course::Unanswered(text)
        | Course::Diverged(text)
        | Course::Escalated(text)
        | Course::Abandoned(text) => text,
        Course::Novel(which) => NOVEL[which],
        Course::Repeated(wording) => REPEATED[wording],
    };
    let begun = play::start(engineer, text).await;
    let query = "query($id: ID!) { session(id: $id) { problemDomain match { score flow { name } } } }";
    let view = engineer.data_at(begun.position, query, json!({ "id": begun.id })).await["session"].take();
    let score = view["match"]["score"].as_f64().filter(|_| !view["match"]["flow"].is_null());
    assert_eq!(score.is_none(), course.is_unmatched(), "{text}: {view}");
    assert!(score.is_none_or(|score| score >= 0.8), "a flow that guides: {view}");
    let mut in_own_words = Vec::new();
    match course {
        Course::Followed(_) => {
            play::to_solution(engineer, &begun).await;
            resolve(engineer, &begun.id, "What the flow suggested helped.").await;
        }
        Course::Unfinished(_) => {
            answered(engineer, &begun.id, &begun.step, obvious_answer(&begun.step)).await;
            resolve(engineer, &begun.id, "It went away while we looked.").await;
        }
        Course::Unanswered(_) => resolve(engineer, &begun.id, "It went away by itself.").await,
        Course::Diverged(_) => {
            let words = json!({ "freeText": "Only in the new Outlook, the classic one is fine." });
            answered(engineer, &begun.id, &begun.step, words).await;
            resolve(engineer, &begun.id, "Removed the account from the new Outlook and added it again.")
                .await;
        }
        Course::Novel(_) | Course::Repeated(_) => {
            let mut step = begun.step.clone();
            for _ in 0..2 {
                if step["kind"] == "QUESTION" {
                    in_own_words.push(step["text"].as_str().unwrap().to_owned());
                }
                let given = json!({ "freeText": "It was looked up, and noted." });
                step = answered(engineer, &begun.id, &step, given).await;
            }
            let solution = match course {
                Course::Novel(which) => format!("Somebody who knows mended it: {}", NOVEL[which]),
                _ => REMEDY.to_owned(),
            };
            resolve(engineer, &begun.id, &solution).await;
        }
        Course::Escalated(_) => {
            let ask = json!({ "sessionId": begun.id, "reason": "VPNs are beyond me." });
            engineer.done("escalateSession", ask, "").await;
            let taken = json!({ "sessionId": begun.id, "mode": "CONTINUE" });
            colleague.done("pickUpSession", taken, "").await;
            let step = wait_for_step(colleague, &begun.id).await;
            play::to_solution(colleague, &play::Begun { step, id: begun.id.clone(), ..begun }).await;
            resolve(colleague, &begun.id, "What the flow suggested helped.").await;
        }
        Course::Abandoned(_) => {
            engineer.done("abandonSession", json!({ "sessionId": begun.id }), "").await;
        }
    }
    let domain = view["problemDomain"].as_str().unwrap().to_owned();
    Told { id: begun.id, course, domain, taught: course.taught(), in_own_words }
}

/// Answers a step; gives the next one.
async fn answered(client: &Client, session: &str, step: &Value, given: Value) -> Value {
    let mut payload = answer(client, session, step, given).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    payload["nextStep"].take()
}

/// What came of each analysed session: nothing for this reason, or a proposal.
async fn findings(world: &World) -> BTreeMap<String, Value> {
    let sql =
        "SELECT session::text, finding FROM session_analyses WHERE account = $1 AND status = 'COMPLETED'";
    let rows: Vec<(String, Value)> =
        sqlx::query_as(sql).bind(world.firm.account.0).fetch_all(&world.pool).await.unwrap();
    rows.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_sessions_teach_what_the_decision_table_says_of_each() {
    let world = World::stocked().await;
    let admin = &world.firm.admin;
    let mut told = Vec::new();
    for course in courses() {
        told.push(lead(&world, course).await);
    }
    analysed(&world).await;

    let findings = findings(&world).await;
    let mut supporters: BTreeMap<&Taught, Vec<&Told>> = BTreeMap::new();
    for session in &told {
        let found = findings.get(&session.id);
        assert_eq!(found.is_some(), session.taught.is_some(), "{:?}", session.course);
        let (Some(taught), Some(found)) = (&session.taught, found) else { continue };
        supporters.entry(taught).or_default().push(session);
        let first = supporters[taught].len() == 1;
        match taught {
            Taught::Nothing(reason) => assert_eq!(found["reason"], *reason, "{:?}: {found}", session.course),
            Taught::Reinforced => assert_eq!(found["outcome"], "reinforced", "{:?}: {found}", session.course),
            Taught::For(_) => {
                let expected = if first { "raised" } else { "supported" };
                assert_eq!(found["outcome"], expected, "{:?}: {found}", session.course);
            }
        }
    }

    let reinforced = queue_of(admin, json!({ "type": ["REINFORCEMENT"] })).await;
    assert_eq!(reinforced, 130, "one for each session that held");
    let proposals = queue(admin, json!({ "status": ["PENDING"] })).await;
    let raised: BTreeMap<String, BTreeSet<String>> = proposals
        .iter()
        .map(|it| {
            let of = it["supportingSessions"].as_array().unwrap();
            let of = of.iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect();
            (it["sourceSession"]["id"].as_str().unwrap().to_owned(), of)
        })
        .collect();
    let expected = supporters.iter().filter(|(taught, _)| matches!(taught, Taught::For(_)));
    let expected: BTreeMap<String, BTreeSet<String>> =
        expected.map(|(_, of)| (of[0].id.clone(), of.iter().map(|it| it.id.clone()).collect())).collect();
    assert_eq!(raised.len(), 12, "ten problems, one that came fifty times, and a change of a flow");
    assert_eq!(raised, expected, "each with the sessions that are of its problem, and no others");

    gaps_are_those_of(&world, &told).await;
    withdrawn(&world, &told).await;
    same_again(&world).await;
}

async fn queue_of(client: &Client, filter: Value) -> i64 {
    let query = "query($filter: ProposalFilter) { proposals(filter: $filter) { totalCount } }";
    client.data(query, json!({ "filter": filter })).await["proposals"]["totalCount"].as_i64().unwrap()
}

/// Every gap of the report follows from what was done, and none is left out.
async fn gaps_are_those_of(world: &World, ended: &[Told]) {
    let count = |keeps: &dyn Fn(&Told) -> bool| {
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        for session in ended.iter().filter(|session| keeps(session)) {
            *counts.entry(&session.domain).or_default() += 1;
        }
        counts
    };
    let escalated = count(&|it| matches!(it.course, Course::Escalated(_)));
    let closed = count(&|_| true);
    let uncharted = count(&|it| it.course.is_unmatched());
    let mut expected: BTreeSet<(String, String, i64)> = BTreeSet::new();
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let share = |of: &str, count: i64| count as f64 / closed[of] as f64;
    for (domain, count) in escalated.iter().filter(|(domain, count)| share(domain, **count) > 0.4) {
        expected.insert(("HIGH_ESCALATION".to_owned(), (*domain).to_owned(), *count));
    }
    for (domain, count) in uncharted.iter().filter(|(_, count)| **count >= 3) {
        expected.insert(("UNCHARTED_TERRITORY".to_owned(), (*domain).to_owned(), *count));
    }
    let of = |course: fn(Course) -> bool| {
        let alike: Vec<_> = ended.iter().filter(|it| course(it.course)).collect();
        (alike[0].domain.clone(), i64::try_from(alike.len()).unwrap())
    };
    let (domain, repeated) = of(|it| matches!(it, Course::Repeated(_)));
    expected.insert(("REPEATED_PATTERN".to_owned(), domain, repeated));
    let (domain, in_own_words) = of(|it| matches!(it, Course::Diverged(_)));
    expected.insert(("WEAK_OPTIONS".to_owned(), domain, in_own_words));
    let mut asked: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
    for session in ended {
        for question in &session.in_own_words {
            *asked.entry(question).or_default().entry(&session.domain).or_default() += 1;
        }
    }
    for of_domains in asked.values() {
        let count: i64 = of_domains.values().sum();
        if count >= 5 {
            let (most, _) = of_domains.iter().max_by_key(|(_, count)| **count).unwrap();
            expected.insert(("WEAK_OPTIONS".to_owned(), (*most).to_owned(), count));
        }
    }

    let at = world.count("SELECT max(position) FROM events WHERE aggregate_type = 'session'").await;
    let query = "{ knowledgeGaps(period: LAST_30_DAYS) { gaps { type problemDomain count title } } }";
    let report = world.firm.admin.data_at(at, query, Value::Null).await;
    let gaps = report["knowledgeGaps"]["gaps"].as_array().unwrap().iter();
    let found: BTreeSet<_> = gaps
        .map(|gap| {
            let told = |name: &str| gap[name].as_str().unwrap().to_owned();
            (told("type"), told("problemDomain"), gap["count"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(found, expected, "{report}");
}

/// Reopened sessions support nothing any more, and what nobody supports is withdrawn.
async fn withdrawn(world: &World, ended: &[Told]) {
    let engineer = &world.firm.engineer;
    let reopened = ended.iter().filter(|it| matches!(it.course, Course::Repeated(0) | Course::Novel(0..3)));
    let mut last = 0;
    for session in reopened.clone() {
        let input = json!({ "sessionId": session.id, "reason": "It came back." });
        last = position(&engineer.done("reopenSession", input, "").await);
    }
    assert!(last > 0);
    analysed(world).await;
    let left = queue(&world.firm.admin, json!({ "status": ["PENDING"] })).await;
    let mut support: Vec<_> = left.iter().map(|it| it["supportingSessionCount"].as_i64().unwrap()).collect();
    support.sort_unstable();
    assert_eq!(support, [1, 1, 1, 1, 1, 1, 1, 37, 40], "thirteen of fifty came back, and three of ten");
    assert_eq!(queue_of(&world.firm.admin, json!({ "status": ["WITHDRAWN"] })).await, 3);
}

/// Folded anew from the log, every read model is as it stands.
async fn same_again(world: &World) {
    let log = world.app.store.log();
    for projection in projections::all() {
        let compared = with_a_fresh_fold(&world.pool, &log, &*projection).await.unwrap();
        let same = matches!(compared, Compared::Same(_) | Compared::NoTables);
        assert!(same, "{}: {compared:?}", projection.name());
    }
}
