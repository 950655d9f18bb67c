//! Attachments: uploaded, taken by one session, shown to those who may see it, sealed where they lie (rules 2.1–2.3, 11.4).

use std::fs;
use std::path::PathBuf;

use api::workers::uploads;
use chrono::Duration;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::client::{Client, assert_sentence, connections};
use crate::play::LOCKOUT;
use crate::world::{World, new_key};

const MIB: usize = 1024 * 1024;

/// A PNG of so many bytes, filled with one of them.
pub(crate) fn png(fill: u8, size: usize) -> Vec<u8> {
    let chunk = |kind: [u8; 4], data: &[u8]| {
        [u32::try_from(data.len()).unwrap().to_be_bytes().as_slice(), &kind, data, &[0; 4]].concat()
    };
    let header = [0, 0, 2, 128, 0, 0, 1, 224, 8, 6, 0, 0, 0];
    let ends = 8 + 25 + 12 + 12;
    let data = vec![fill; size.checked_sub(ends).unwrap()];
    [
        b"\x89PNG\r\n\x1a\n".as_slice(),
        &chunk(*b"IHDR", &header),
        &chunk(*b"IDAT", &data),
        &chunk(*b"IEND", b""),
    ]
    .concat()
}

/// A form with these files, each with a name and a declared type.
fn form(files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, declared, bytes) in files {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {declared}\r\n\r\n"
        );
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(b"--edge--\r\n");
    body
}

async fn post(client: &Client, body: Vec<u8>) -> (u16, Value) {
    let mut request = connections()
        .post(format!("{}/attachments", client.base()))
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(body);
    if let Some(token) = client.token() {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Sends a file, and gives the status and what the server told.
pub(crate) async fn send(client: &Client, name: &str, bytes: &[u8]) -> (u16, Value) {
    post(client, form(&[(name, "image/png", bytes)])).await
}

/// Uploads a file, and gives what the server told of it.
pub(crate) async fn upload(client: &Client, name: &str, bytes: &[u8]) -> Value {
    let (status, told) = send(client, name, bytes).await;
    assert_eq!(status, 201, "{told}");
    told
}

/// The status, code and sentence of an upload that must be refused.
async fn refused(client: &Client, body: Vec<u8>) -> (u16, String) {
    let (status, told) = post(client, body).await;
    let error = &told["errors"][0];
    assert_sentence(error["message"].as_str().unwrap_or_else(|| panic!("not refused: {told}")));
    assert!(error["extensions"]["traceId"].is_string(), "{told}");
    (status, error["extensions"]["code"].as_str().unwrap().to_owned())
}

async fn fetch(client: &Client, told: &Value) -> (u16, HeaderMap, Vec<u8>) {
    let mut request = connections().get(format!("{}{}", client.base(), told["url"].as_str().unwrap()));
    if let Some(token) = client.token() {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.bytes().await.unwrap().into())
}

pub(crate) async fn status(client: &Client, told: &Value) -> u16 {
    fetch(client, told).await.0
}

/// Everything in the folder where bytes are kept.
pub(crate) fn kept(world: &World) -> Vec<PathBuf> {
    let firms = fs::read_dir(world.files.path()).unwrap().map(|entry| entry.unwrap().path());
    firms.flat_map(|firm| fs::read_dir(firm).unwrap()).map(|entry| entry.unwrap().path()).collect()
}

const SESSION: &str = "session { id problemSummary intake { type attachments { id fileName mediaType sizeBytes url } redactions { kind count } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screenshot_begins_a_session_and_is_shown_to_whoever_may_see_that() {
    let world = World::start().await;
    let firm = &world.firm;
    let picture = png(7, 40_000);
    let told = upload(&firm.engineer, "Outlook asks for a password.png", &picture).await;
    assert_eq!(
        told,
        json!({
            "id": told["id"], "fileName": "Outlook asks for a password.png", "mediaType": "image/png",
            "sizeBytes": 40_000, "url": format!("/attachments/{}", told["id"].as_str().unwrap()),
        })
    );
    assert_eq!(status(&firm.engineer, &told).await, 200, "it is its uploader's");
    for other in [&firm.engineer2, &firm.admin, &firm.owner, &firm.analyst, &world.rival.owner] {
        assert_eq!(
            status(other, &told).await,
            404,
            "nobody else's before a session takes it: {}",
            other.name
        );
    }

    let input = json!({ "intakeType": "SCREENSHOT", "attachmentIds": [told["id"]] });
    let started = firm.engineer.done("startSession", input, SESSION).await;
    let session = &started["session"];
    assert_eq!(session["intake"]["type"], "SCREENSHOT");
    assert_eq!(session["intake"]["attachments"], json!([told]));
    assert_eq!(session["problemSummary"], "Outlook asks for a password.png", "rule 2.3");

    for other in [&firm.engineer, &firm.admin, &firm.owner, &firm.analyst, &firm.operator] {
        assert_eq!(status(other, &told).await, 200, "{}", other.name);
    }
    for other in [&firm.engineer2, &firm.loner, &world.rival.engineer, &world.rival.owner] {
        assert_eq!(status(other, &told).await, 404, "{}", other.name);
    }
    assert_eq!(status(&world.nobody, &told).await, 401);
    let escalate = json!({ "sessionId": session["id"], "reason": "Needs a second look" });
    firm.engineer.done("escalateSession", escalate, "session { version }").await;
    assert_eq!(status(&firm.engineer2, &told).await, 200, "rule 11.4: who may pick it up sees it");
    assert_eq!(status(&firm.loner, &told).await, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_served_so_that_a_browser_does_nothing_with_it() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let picture = png(3, 9_000);
    let told = upload(engineer, "Fehler »VPN«.png", &picture).await;
    let (status, headers, bytes) = fetch(engineer, &told).await;
    assert_eq!((status, bytes), (200, picture));
    for (name, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
        ("content-disposition", "attachment; filename*=UTF-8''Fehler%20%C2%BBVPN%C2%AB.png"),
        ("cache-control", "private, no-store"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    for unknown in ["/attachments/x", "/attachments/0198c0de-0000-7000-8000-000000000000", "/attachments/%00"]
    {
        assert_eq!(fetch(engineer, &json!({ "url": unknown })).await.0, 404, "{unknown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_file_is_follows_from_its_content_alone() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let picture = png(1, 2_000);
    let (status, told) = post(engineer, form(&[("notes.txt", "text/html", &picture)])).await;
    assert_eq!((status, &told["mediaType"]), (201, &json!("image/png")));
    for (name, bytes) in [
        ("page.png", b"<html><script>alert(1)</script></html>".as_slice()),
        ("vector.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("program.jpg", b"MZ\x90\x00\x03"),
        ("cut.png", &picture[..1_500]),
    ] {
        let answer = refused(engineer, form(&[(name, "image/png", bytes)])).await;
        assert_eq!(answer, (415, "INVALID_INPUT".to_owned()), "{name}");
    }
    assert_eq!(world.count("SELECT count(*) FROM uploads").await, 1);
    assert_eq!(kept(&world).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_are_bounded_and_for_those_who_start_sessions() {
    let world = World::start().await;
    let firm = &world.firm;
    upload(&firm.engineer, "largest.png", &png(1, 5 * MIB)).await;
    let invalid = |status| (status, "INVALID_INPUT".to_owned());
    let small = png(1, 200);
    for (body, expected) in [
        (form(&[("large.png", "image/png", &png(1, 5 * MIB + 1))]), invalid(413)),
        (form(&[("huge.png", "image/png", &png(1, 20 * MIB))]), invalid(413)),
        (form(&[("a.png", "image/png", &small), ("b.png", "image/png", &small)]), invalid(400)),
        (form(&[("empty.png", "image/png", b"")]), invalid(400)),
        (form(&[]), invalid(400)),
        (
            b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\nhalf"
                .to_vec(),
            invalid(400),
        ),
        (b"no form".to_vec(), invalid(400)),
    ] {
        assert_eq!(refused(&firm.engineer, body).await, expected);
    }
    let one = || form(&[("a.png", "image/png", &small)]);
    for reader in [&firm.analyst, &firm.operator] {
        assert_eq!(refused(reader, one()).await, (403, "FORBIDDEN".to_owned()));
    }
    assert_eq!(refused(&world.nobody, one()).await, (401, "UNAUTHENTICATED".to_owned()));
    assert_eq!(world.count("SELECT count(*) FROM uploads").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_heaps_up_uploads_that_no_session_takes() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let mut last = Value::Null;
    for _ in 0..50 {
        last = upload(engineer, "again.png", &png(1, 200)).await;
    }
    let body = || form(&[("more.png", "image/png", &png(1, 200))]);
    assert_eq!(refused(engineer, body()).await, (429, "QUOTA_EXCEEDED".to_owned()));
    engineer.done("startSession", json!({ "attachmentIds": [last["id"]] }), "").await;
    assert_eq!(post(engineer, body()).await.0, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attachments_that_are_not_the_caller_s_to_use_are_refused_with_a_sentence() {
    let world = World::start().await;
    let firm = &world.firm;
    let mut mine = Vec::new();
    for n in 0..6 {
        mine.push(upload(&firm.engineer, "mine.png", &png(n, 300)).await["id"].take());
    }
    let colleague = upload(&firm.engineer2, "colleague.png", &png(1, 300)).await;
    let foreign = upload(&world.rival.engineer, "foreign.png", &png(1, 300)).await;
    for ids in [
        json!([mine[0], colleague["id"]]),
        json!([foreign["id"]]),
        json!([new_key()]),
        json!(["x"]),
        json!([mine[0], mine[0]]),
        json!(mine),
    ] {
        let input = json!({ "text": LOCKOUT, "attachmentIds": ids });
        let payload = firm.engineer.command("startSession", input, "").await;
        let error = &payload["userErrors"][0];
        assert_eq!(
            (&error["code"], &error["path"]),
            (&json!("INVALID_INPUT"), &json!(["attachmentIds"])),
            "{payload}"
        );
        assert_sentence(error["message"].as_str().unwrap());
    }
    let five = json!({ "intakeType": "COMBINED", "text": LOCKOUT, "attachmentIds": mine[..5] });
    let started = firm.engineer.done("startSession", five, SESSION).await;
    let named = started["session"]["intake"]["attachments"].as_array().unwrap();
    let ids: Vec<_> = named.iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, mine[..5], "in the order asked for");
    for taken in [json!([mine[4]]), json!([mine[5], mine[0]])] {
        let input = json!({ "text": LOCKOUT, "attachmentIds": taken });
        assert_eq!(firm.engineer.refused("startSession", input).await, "INVALID_INPUT", "taken by a session");
    }
    let left = json!({ "attachmentIds": [mine[5]] });
    firm.engineer.done("startSession", left, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_belongs_to_one_session_however_many_want_it_at_once() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    for _ in 0..10 {
        let told = upload(engineer, "wanted.png", &png(1, 300)).await;
        let input = json!({ "attachmentIds": [told["id"]] });
        let wanting = (0..4).map(|_| engineer.command("startSession", input.clone(), "session { id }"));
        let payloads = futures_util::future::join_all(wanting).await;
        let won = payloads.iter().filter(|payload| payload["userErrors"] == json!([])).count();
        assert_eq!(won, 1, "{payloads:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_gives_the_same_session_with_its_attachments() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    for _ in 0..5 {
        let told = upload(engineer, "once.png", &png(1, 300)).await;
        let input = json!({ "attachmentIds": [told["id"]], "idempotencyKey": new_key() });
        let twins = (0..4).map(|_| engineer.done("startSession", input.clone(), SESSION));
        let mut sessions = futures_util::future::join_all(twins).await;
        sessions.push(engineer.done("startSession", input.clone(), SESSION).await);
        for payload in &sessions {
            assert_eq!(payload["session"]["id"], sessions[0]["session"]["id"]);
            assert_eq!(payload["session"]["intake"]["attachments"], json!([told]));
        }
        assert_eq!(status(&world.firm.analyst, &told).await, 200);
        let other = json!({ "text": "else", "attachmentIds": [told["id"]], "idempotencyKey": input["idempotencyKey"] });
        assert_eq!(engineer.refused("startSession", other).await, "IDEMPOTENCY_KEY_REUSED");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_start_leaves_its_uploads_to_the_next_one() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let told = upload(engineer, "patient.png", &png(1, 300)).await;
    let long = json!({ "text": "a ".repeat(15_000), "attachmentIds": [told["id"]] });
    assert_eq!(engineer.refused("startSession", long).await, "INVALID_INPUT");
    engineer.done("startSession", json!({ "attachmentIds": [told["id"]] }), "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_no_session_took_is_gone_after_a_day() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let taken = upload(engineer, "taken.png", &png(1, 300)).await;
    engineer.done("startSession", json!({ "attachmentIds": [taken["id"]] }), "").await;
    let left = upload(engineer, "left.png", &png(2, 300)).await;
    world.clock.pass(Duration::hours(23));
    let young = upload(engineer, "young.png", &png(3, 300)).await;
    world.clock.pass(Duration::minutes(61));
    let input = json!({ "attachmentIds": [left["id"]] });
    assert_eq!(engineer.refused("startSession", input).await, "INVALID_INPUT", "it has expired");
    world.clock.pass(Duration::hours(1));
    uploads::once(&world.app).await.unwrap();
    for (told, expected) in [(&taken, 200), (&left, 404), (&young, 200)] {
        assert_eq!(status(engineer, told).await, expected, "{told}");
    }
    assert_eq!((world.count("SELECT count(*) FROM uploads").await, kept(&world).len()), (2, 2));
    engineer.done("startSession", json!({ "attachmentIds": [young["id"]] }), "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_crash_left_reserved_is_settled_by_the_log() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let told = upload(engineer, "survivor.png", &png(1, 300)).await;
    let uploaded: Vec<u8> =
        sqlx::query_scalar("SELECT file_key FROM uploads").fetch_one(&world.pool).await.unwrap();
    engineer.done("startSession", json!({ "attachmentIds": [told["id"]] }), "").await;
    let crashed = "UPDATE uploads SET session = NULL, file_key = $1";
    sqlx::query(crashed).bind(uploaded).execute(&world.pool).await.unwrap();
    assert_eq!(status(&world.firm.analyst, &told).await, 404);
    let again = json!({ "attachmentIds": [told["id"]] });
    assert_eq!(engineer.refused("startSession", again).await, "INVALID_INPUT", "it stays reserved");
    world.clock.pass(Duration::hours(30));
    uploads::once(&world.app).await.unwrap();
    assert_eq!(status(&world.firm.analyst, &told).await, 200);
    assert_eq!(world.count("SELECT count(*) FROM uploads WHERE session IS NOT NULL").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_a_picture_nor_its_name_lies_anywhere_in_clear() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let picture = png(0x5a, 50_000);
    let waiting = upload(engineer, "Wolpertinger.png", &picture).await;
    let taken = upload(engineer, "Wolpertinger.png", &picture).await;
    engineer.done("startSession", json!({ "attachmentIds": [taken["id"]] }), "").await;
    assert_eq!(fetch(engineer, &waiting).await.2, picture);
    let files = kept(&world);
    assert_eq!(files.len(), 2);
    for file in files {
        let stored = fs::read(&file).unwrap();
        let shows = stored.windows(8).any(|window| window == [0x5a; 8] || window == &picture[..8]);
        assert!(!shows && stored.len() >= picture.len(), "{}", file.display());
    }
    for table in ["uploads", "events"] {
        let query =
            format!("SELECT count(*) FROM {table} AS stored WHERE stored::text LIKE '%Wolpertinger%'");
        assert_eq!(world.count(&query).await, 0, "{table}");
        let hex = format!("SELECT count(*) FROM {table} AS stored WHERE stored::text LIKE '%576f6c706572%'");
        assert_eq!(world.count(&hex).await, 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_in_a_file_s_name_is_redacted_and_counted() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let secret = "Tr0ub4dor&3-assign";
    let told =
        upload(engineer, &format!("C:\\\\Users\\\\jane\\\\password={secret} .png"), &png(1, 300)).await;
    let name = told["fileName"].as_str().unwrap();
    assert!(name.starts_with("password=") && !told.to_string().contains(secret), "{told}");
    let text = format!("The password is {secret} and it does not work");
    let input = json!({ "intakeType": "COMBINED", "text": text, "attachmentIds": [told["id"]] });
    let started = engineer.done("startSession", input, SESSION).await;
    let intake = &started["session"]["intake"];
    assert_eq!(intake["attachments"][0]["fileName"], name);
    assert_eq!(intake["redactions"], json!([{ "kind": "password", "count": 2 }]));
    assert!(!started.to_string().contains(secret));
}
