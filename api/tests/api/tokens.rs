//! Who is let in: tokens that are missing, expired, forged or meant for somebody else are not (rule 11.6).

use std::collections::HashSet;

use api::auth::token::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use domain::clock::{Clock, SystemClock};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::play::{self, RIDDLE};
use crate::watching::{Events, Socket};
use crate::world::{World, secret, token};

const QUERY: &str = "{ viewer { role user { id } } }";

fn now() -> i64 {
    SystemClock.now().timestamp()
}

fn signed(algorithm: Algorithm, key: &[u8], claims: &Value) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key)).unwrap()
}

fn unsigned(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_are_not_ours_or_not_valid_any_more_open_nothing() {
    let world = World::start().await;
    let member = world.firm.owner.id.to_string();
    let key = secret().bytes;
    let claims = json!({ "sub": member, "exp": now() + 600, "iss": "flowpilot", "aud": "flowpilot" });
    let with = |field: &str, value: Value| {
        let mut claims = claims.clone();
        claims[field] = value;
        claims
    };
    let without = |field: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(field);
        claims
    };
    let own = |claims: &Value| signed(Algorithm::HS256, &key, claims);
    let genuine = token(&member);
    let (head, signature) = genuine.rsplit_once('.').unwrap();
    let promoted = unsigned(
        &json!({ "alg": "HS256", "typ": "JWT" }),
        &with("sub", json!(world.rival.owner.id.to_string())),
        signature,
    );
    let cases = [
        ("nothing", String::new()),
        ("words", "let me in".to_owned()),
        ("dots", "..".to_owned()),
        ("expired", own(&with("exp", json!(now() - 3600)))),
        ("expired for ever", own(&with("exp", json!(0)))),
        ("without an end", own(&without("exp"))),
        ("an end in words", own(&with("exp", json!("never")))),
        ("not yet valid", own(&with("nbf", json!(now() + 3600)))),
        ("another secret", signed(Algorithm::HS256, b"another secret, also 32 bytes long!!", &claims)),
        ("an empty secret", signed(Algorithm::HS256, b"", &claims)),
        ("another algorithm", signed(Algorithm::HS512, &key, &claims)),
        ("no algorithm", unsigned(&json!({ "alg": "none", "typ": "JWT" }), &claims, "")),
        ("no algorithm, signed", unsigned(&json!({ "alg": "none" }), &claims, signature)),
        ("an algorithm in capitals", unsigned(&json!({ "alg": "NONE" }), &claims, "")),
        ("asymmetric", unsigned(&json!({ "alg": "RS256" }), &claims, signature)),
        ("no signature", format!("{head}.")),
        ("cut off", head.to_owned()),
        ("somebody else's name", promoted),
        ("another issuer", own(&with("iss", json!("somebody")))),
        ("no issuer", own(&without("iss"))),
        ("another audience", own(&with("aud", json!("somebody")))),
        ("another audience in a list", own(&with("aud", json!(["somebody", "else"])))),
        ("no audience", own(&without("aud"))),
        ("no subject", own(&without("sub"))),
        ("an unknown subject", own(&with("sub", json!("01890000-0000-7000-8000-000000000000")))),
        ("a subject that is no id", own(&with("sub", json!("' OR true --")))),
        ("a subject with NUL", own(&with("sub", json!("\u{0}")))),
        (
            "an address that nobody verified",
            own(
                &json!({ "sub": "idp|1", "email": world.firm.owner.email, "exp": now() + 600, "iss": "flowpilot", "aud": "flowpilot" }),
            ),
        ),
        (
            "an unknown address",
            own(
                &json!({ "sub": "idp|1", "email": "who@nowhere.example", "email_verified": true, "exp": now() + 600, "iss": "flowpilot", "aud": "flowpilot" }),
            ),
        ),
        (
            "an address with NUL",
            own(
                &json!({ "sub": "idp|1", "email": "\u{0}", "email_verified": true, "exp": now() + 600, "iss": "flowpilot", "aud": "flowpilot" }),
            ),
        ),
    ];
    for (what, token) in cases {
        let answer = world.nobody.with_token(token).graphql(QUERY, Value::Null).await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"), "{what}: {}", answer.text);
        assert!(answer.body["data"].is_null(), "{what}");
    }
    for header in ["", "Bearer", "Bearer ", "Basic b3duZXI6b3duZXI=", genuine.as_str()] {
        let body = json!({ "query": QUERY }).to_string();
        let answer = world.nobody.post(body, &[("authorization", header)]).await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"), "{header}");
    }
    let nobody = world.nobody.graphql(QUERY, Value::Null).await;
    assert_eq!((nobody.status, nobody.code()), (401, "UNAUTHENTICATED"));
    let mutation = world
        .nobody
        .graphql("mutation { startSession(input: { text: \"a\" }) { position } }", Value::Null)
        .await;
    assert_eq!(mutation.code(), "UNAUTHENTICATED");
    assert_eq!(world.count("SELECT count(*) FROM sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_found_by_id_or_by_a_verified_address_and_the_role_comes_from_the_log() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let claims = |sub: &str| {
        json!({ "sub": sub, "exp": now() + 600, "iss": "flowpilot", "aud": ["other", "flowpilot"], "role": "OWNER",
                "email": engineer.email.to_uppercase(), "email_verified": true })
    };
    for sub in [engineer.id.to_string().as_str(), "google-oauth2|1234"] {
        let token = signed(Algorithm::HS256, &secret().bytes, &claims(sub));
        let data = world.nobody.with_token(token).data(QUERY, Value::Null).await;
        assert_eq!(data["viewer"]["user"]["id"], engineer.id.to_string());
        assert_eq!(data["viewer"]["role"], "ENGINEER");
    }
}

#[test]
fn a_secret_never_prints_itself() {
    let secret = Secret { bytes: b"do not print me".to_vec(), ..secret() };
    let printed = format!("{secret:?}");
    assert!(!printed.contains("print me") && !printed.contains("100, 111"), "{printed}");
}

/// Everything that can be followed.
const FOLLOWED: [&str; 5] = [
    "sessionUpdated(id: $id) { version }",
    "sessionEvents(sessionId: $id) { position }",
    "escalationQueueUpdated { id }",
    "reviewQueueUpdated { id }",
    "projectionUpdated(name: \"usage\") { name }",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_done_or_heard_over_a_connection_once_its_token_has_run_out() {
    let world = World::start().await;
    let owner = &world.firm.owner;
    let session = play::start(owner, RIDDLE).await;
    let id = json!({ "id": session.id });
    let token = secret().sign(&owner.id.to_string(), SystemClock.now(), Duration::minutes(1)).unwrap();
    let client = world.nobody.with_token(token);
    let mut socket = Socket::greeted(&client).await;
    let note =
        "mutation($id: ID!) { addNote(input: { sessionId: $id, text: \"Hm.\" }) { userErrors { code } } }";
    socket.subscribe("note", note, id.clone()).await;
    assert_eq!(socket.item().await["addNote"]["userErrors"], json!([]));
    let follow = |what: &str| {
        let named = if what.contains("$id") { "($id: ID!)" } else { "" };
        format!("subscription{named} {{ {what} }}")
    };
    for what in FOLLOWED {
        socket.subscribe(what, &follow(what), id.clone()).await;
    }
    let mut events = Events::following(&client, &follow(FOLLOWED[0]), id.clone()).await;
    events.item().await;
    let mut longer = Socket::following(owner, &follow(FOLLOWED[0]), id.clone()).await;
    longer.item().await;

    world.clock.pass(Duration::minutes(2));
    let mut running: HashSet<_> = FOLLOWED.into_iter().collect();
    while !running.is_empty() {
        let message = socket.next().await.unwrap();
        if message.to_string().contains("UNAUTHENTICATED") {
            assert!(running.remove(message["id"].as_str().unwrap()), "{message}");
        }
    }
    let said = loop {
        let (name, body) = events.next().await.unwrap();
        if name != "next" || body.get("errors").is_some() {
            break body;
        }
    };
    assert_eq!(said["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{said}");
    assert_eq!(events.next().await.unwrap().0, "complete");
    socket.subscribe("again", note, id.clone()).await;
    let refused = loop {
        let message = socket.next().await.unwrap();
        if message["id"] == "again" {
            break message.to_string();
        }
    };
    assert!(refused.contains("UNAUTHENTICATED") && refused.contains("expired"), "{refused}");
    let notes = "SELECT count(*) FROM events WHERE event_type = 'session.note_added'";
    assert_eq!(world.count(notes).await, 1);
    // Whose token is good for longer goes on.
    let written = owner.done("addNote", json!({ "sessionId": session.id, "text": "Still here." }), "").await;
    let version = written["session"]["version"].as_u64().unwrap();
    while longer.item().await["sessionUpdated"]["version"].as_u64().unwrap() < version {}
}
