//! A folder, and a stand-in that speaks as much S3 as files need, over real HTTP.

use std::collections::HashMap;
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as At, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use object_store::aws::AmazonS3Builder;

use super::Files;

#[derive(Clone, Default)]
struct Bucket {
    objects: Arc<Mutex<HashMap<String, Bytes>>>,
}

impl Bucket {
    async fn start(&self) -> String {
        let routes =
            Router::new().route("/{*name}", put(store).get(load).delete(erase)).with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, routes).into_future());
        url
    }

    fn names(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }
}

fn is_signed(headers: &HeaderMap) -> bool {
    let signed = headers.get("authorization").and_then(|value| value.to_str().ok());
    signed.is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256 Credential=key-id/"))
}

async fn store(
    State(bucket): State<Bucket>,
    At(name): At<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_signed(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    bucket.objects.lock().unwrap().insert(name, body);
    [("etag", "\"1\"")].into_response()
}

async fn load(State(bucket): State<Bucket>, At(name): At<String>, headers: HeaderMap) -> Response {
    match bucket.objects.lock().unwrap().get(&name) {
        Some(found) if is_signed(&headers) => {
            let told = [("etag", "\"1\""), ("last-modified", "Wed, 25 Nov 2026 12:00:00 GMT")];
            (told, found.clone()).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn erase(State(bucket): State<Bucket>, At(name): At<String>) -> StatusCode {
    bucket.objects.lock().unwrap().remove(&name);
    StatusCode::NO_CONTENT
}

async fn keeps_files(files: &Files) {
    assert_eq!(files.read("firm/one").await.unwrap(), None);
    files.keep("firm/one", b"first".to_vec()).await.unwrap();
    files.keep("firm/two", b"second".to_vec()).await.unwrap();
    assert_eq!(files.read("firm/one").await.unwrap().as_deref(), Some(b"first".as_slice()));
}

async fn removes_files(files: &Files) {
    files.remove("firm/one").await.unwrap();
    files.remove("firm/one").await.unwrap();
    assert_eq!(files.read("firm/one").await.unwrap(), None);
    assert_eq!(files.read("firm/two").await.unwrap().as_deref(), Some(b"second".as_slice()));
}

#[tokio::test]
async fn a_folder_keeps_files_and_removes_them() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::in_folder(&folder.path().join("made/on/demand")).unwrap();
    keeps_files(&files).await;
    let again = Files::in_folder(&folder.path().join("made/on/demand")).unwrap();
    removes_files(&again).await;
}

#[tokio::test]
async fn a_bucket_keeps_files_below_its_prefix_with_signed_requests() {
    let bucket = Bucket::default();
    let settings = AmazonS3Builder::new()
        .with_endpoint(bucket.start().await)
        .with_allow_http(true)
        .with_region("eu-central-1")
        .with_access_key_id("key-id")
        .with_secret_access_key("hush");
    let files = Files::in_bucket_by(settings, "s3://screens/flow/pilot/").unwrap();
    let shown = format!("{files:?}");
    assert!(shown.contains("flow/pilot") && !shown.contains("hush"), "{shown}");
    keeps_files(&files).await;
    let mut names = bucket.names();
    names.sort();
    assert_eq!(names, ["screens/flow/pilot/firm/one", "screens/flow/pilot/firm/two"]);
    removes_files(&files).await;
}

#[test]
fn what_names_no_bucket_is_refused() {
    for url in
        ["s3://", "s3:///prefix", "https://bucket.example", "s3://key:secret@bucket", "s3://bucket?x=1"]
    {
        assert!(Files::in_bucket(url).is_err(), "{url}");
    }
}
