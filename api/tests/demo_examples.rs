//! Every example, played through the real API: HTTP, GraphQL, workers and projections on a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use api::app::{App, Running, Settings};
use api::auth::token::Secret;
use api::config::Mode;
use api::demo::client::Client;
use api::demo::play::{Played, play};
use api::demo::transcript::Transcript;
use api::demo::{account, example, table, token_for};
use api::graphql::schema;
use api::graphql::served::Served;
use api::guide::Guide;
use api::http::{Shared, router};
use api::rates::RateSettings;
use api::telemetry;
use domain::flow::library::starter_flow_id;
use event_store::MasterKey;
use event_store::testing::{TestDatabase, database};
use futures_util::StreamExt;
use integrations::embedding::embedders::Embedders;
use integrations::files::Files;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The flow of each example's topic; those that are not here follow none.
const TOPICS: [(&str, &str); 16] = [
    ("account-lockout", "account-lockout-source"),
    ("azure-server-unreachable", "unreachable-cloud-vm"),
    ("backup-sql-writer", "backup-and-vss-failures"),
    ("branch-vpn-drops-hourly", "site-to-site-vpn-drops"),
    ("invoices-bounce-at-gmail", "mail-bounces-and-junk"),
    ("laptop-dead-at-the-desk", "laptop-without-power"),
    ("machines-paused-datastore-full", "datastore-full-and-snapshots"),
    ("no-address-in-training-room", "dhcp-and-apipa-addresses"),
    ("outlook-asks-again-and-again", "outlook-password-prompts"),
    ("printer-0x0000011b", "printer-queues-and-drivers"),
    ("ransom-note-on-file-server", "ransomware-first-response"),
    ("slow-logon-after-server-move", "slow-logon"),
    ("strange-mails-from-the-boss", "compromised-account"),
    ("trust-lost-after-restore", "broken-trust-relationship"),
    ("update-0x80070643", "windows-update-errors"),
    ("website-not-found-inside", "dns-resolution-fails"),
];

/// A server on a loopback port, with a database of its own.
struct Server {
    running: Running,
    serving: JoinHandle<std::io::Result<()>>,
    base: String,
    _database: TestDatabase,
    _folder: TempDir,
}

impl Server {
    async fn start() -> Self {
        let database = database().await;
        let master = MasterKey::parse(&"5a".repeat(32)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            step_wait: Duration::from_secs(20),
            freshness_wait: Duration::from_secs(20),
            diagnose_workers: 4,
            rates: RateSettings::default(),
            files: Files::in_folder(folder.path()).unwrap(),
        };
        let (guide, embedders) = (Guide::Playbook, Embedders::default());
        let running = Running::start(database.pool(), master, secret(), guide, embedders, settings);
        let app = Arc::clone(&running.app);
        let stop = app.stop.clone();
        let shared = Shared {
            served: Served::new(schema::build(), Arc::clone(&app)),
            app,
            metrics: telemetry::start_metrics().unwrap(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let serving = axum::serve(listener, router(shared))
            .with_graceful_shutdown(async move { stop.cancelled().await });
        Self {
            running,
            serving: tokio::spawn(serving.into_future()),
            base,
            _database: database,
            _folder: folder,
        }
    }

    fn app(&self) -> &App {
        &self.running.app
    }

    fn token(&self, name: &str) -> String {
        token_for(&secret(), name, Mode::Development, self.app().clock.now(), 1).unwrap()
    }

    async fn end(self) {
        self.running.stop().await;
        self.serving.await.unwrap().unwrap();
    }
}

fn secret() -> Secret {
    Secret { bytes: vec![7; 32], issuer: "flowpilot".into(), audience: "flowpilot".into() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_ends_resolved_along_the_flow_of_its_topic() {
    let server = Server::start().await;
    account::ensure(server.app()).await.unwrap();
    let client = Client::new(&server.base, server.token("engineer")).unwrap();
    let topics = BTreeMap::from(TOPICS);
    let mut faults = Vec::new();
    for name in example::names() {
        let example = example::named(name).unwrap();
        let mut transcript = Vec::new();
        let played = play(&client, &example, &mut Transcript::new(&mut transcript, false)).await;
        let found = match &played {
            Ok(played) => faults_of(played, &example, topics.get(name).copied()),
            Err(error) => vec![format!("{error:#}")],
        };
        if !found.is_empty() {
            let transcript = String::from_utf8_lossy(&transcript);
            faults.push(format!("{name}: {}\n{transcript}", found.join("; ")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    server.end().await;
}

/// What is not as it should be.
fn faults_of(played: &Played, example: &example::Example, topic: Option<&str>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |holds: bool, fault: String| {
        if !holds {
            faults.push(fault);
        }
    };
    expect(played.status == "RESOLVED", format!("its status is {}", played.status));
    let wanted = topic.map(|slug| starter_flow_id(account::account_id(), slug).to_string());
    let matched = played.matched.as_ref();
    expect(
        matched.map(|found| found.flow.id.clone()) == wanted,
        format!("it should follow {topic:?}, not {:?}", matched.map(|found| &found.flow.name)),
    );
    if topic.is_some() {
        expect(played.confirmed, "no suggested solution was confirmed at its end".to_owned());
    }
    expect(played.unused_answers == 0, format!("{} answers fitted no step", played.unused_answers));
    expect(played.unforeseen == 0, format!("{} steps found no answer", played.unforeseen));
    let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let documented = words(&played.markdown);
    expect(
        documented.contains(&words(&example.resolution.summary)),
        "its documentation lacks the resolution".to_owned(),
    );
    expect(
        documented.contains(&words(&example.resolution.action)),
        "its documentation lacks the action".to_owned(),
    );
    faults
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_table_proposes_to_try_works() {
    let server = Server::start().await;
    account::ensure(server.app()).await.unwrap();
    let token = server.token("engineer");
    let client = Client::new(&server.base, token.as_str()).unwrap();
    let example = example::named("printer-0x0000011b").unwrap();
    let played = play(&client, &example, &mut Transcript::new(Vec::new(), false)).await.unwrap();
    let http = integrations::http::client_builder().no_proxy().build().unwrap();
    for to_try in table::tries(&played.session) {
        let request = http.post(format!("{}/graphql", server.base)).bearer_auth(&token).json(&to_try.body);
        if to_try.streams {
            let mut stream =
                request.header("Accept", "text/event-stream").send().await.unwrap().bytes_stream();
            let mut text = String::new();
            while !text.contains("session.resolved") {
                text.push_str(&String::from_utf8_lossy(&stream.next().await.expect("it goes on").unwrap()));
                assert!(!text.contains("\"errors\""), "{}: {text}", to_try.what);
            }
            assert!(text.contains("session.started"), "from the first event on: {text}");
        } else {
            let answer: Value = request.send().await.unwrap().json().await.unwrap();
            assert!(answer["errors"].is_null(), "{}: {answer}", to_try.what);
            let data = answer["data"].as_object().expect("data");
            assert!(data.values().all(|field| !field.is_null()), "{}: {answer}", to_try.what);
        }
    }
    server.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_the_demo_account_again_records_nothing() {
    let server = Server::start().await;
    account::ensure(server.app()).await.unwrap();
    let log = server.app().store.log();
    let last = async || log.last_event(log.ceiling().await.unwrap()).await.unwrap();
    let before = last().await;
    account::ensure(server.app()).await.unwrap();
    assert_eq!(last().await, before);
    for name in account::NAMES {
        let client = Client::new(&server.base, server.token(name)).unwrap();
        let viewer: Value =
            client.query("viewer", "{ viewer { user { displayName } } }", Value::Null).await.unwrap();
        let member = account::MEMBERS.iter().find(|member| member.name == name).unwrap();
        assert_eq!(viewer["user"]["displayName"], member.display_name);
    }
    server.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_tells_errors_and_refusals_with_their_codes() {
    let server = Server::start().await;
    account::ensure(server.app()).await.unwrap();
    let stranger = Client::new(&server.base, "no token").unwrap();
    let error =
        stranger.query::<Value>("viewer", "{ viewer { role } }", Value::Null).await.unwrap_err().to_string();
    assert!(error.contains("UNAUTHENTICATED") && error.contains("trace id"), "{error}");
    let client = Client::new(&server.base, server.token("engineer")).unwrap();
    let start = "mutation ($input: StartSessionInput!) { startSession(input: $input) { userErrors { code message path } } }";
    let error =
        client.mutate::<Value>("startSession", start, serde_json::json!({})).await.unwrap_err().to_string();
    assert!(error.contains("INVALID_INPUT"), "{error}");
    server.end().await;
}
