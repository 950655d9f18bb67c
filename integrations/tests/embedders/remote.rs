//! Voyage and OpenAI's embeddings: what is sent, what is taken, what is refused.

use std::time::Duration;

use domain::embedding::{EmbedError, Embedder, Usage};
use integrations::embedding::openai::openai;
use integrations::embedding::voyage::voyage;
use integrations::embedding::{Remote, RemoteModel, Waiting};
use integrations::http::{BreakerSettings, Http, HttpSettings, Patience};
use serde_json::{Value, json};

use crate::stand_in::{Answer, StandIn, json, nobody};

const KEY: &str = "sk-a-key-of-the-test";

fn http() -> Http {
    let settings = HttpSettings { connect: Duration::from_secs(2), proxy: false, ..Default::default() };
    Http::new(settings).unwrap()
}

fn waiting() -> Waiting {
    let patience = Patience {
        pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
        ..Patience::of(Duration::from_secs(5), Duration::from_secs(20))
    };
    Waiting { patience, breaker: BreakerSettings { failures: 1_000, rest: Duration::from_mins(10) } }
}

fn model(url: &str, dimension: Option<u16>) -> RemoteModel {
    RemoteModel { base_url: url.to_owned(), model: "small-1".to_owned(), dimension }
}

fn voyage_at(url: &str) -> Remote {
    voyage(http(), model(url, Some(2)), KEY, waiting()).unwrap()
}

fn openai_at(url: &str) -> Remote {
    openai(http(), model(url, None), None, waiting()).unwrap()
}

fn vectors(numbers: &[[f32; 2]]) -> Answer {
    // Providers may answer in any order.
    let data: Vec<_> = numbers
        .iter()
        .enumerate()
        .rev()
        .map(|(index, numbers)| json!({ "object": "embedding", "index": index, "embedding": numbers }))
        .collect();
    json(200, &json!({ "object": "list", "data": data, "model": "small-1", "usage": { "total_tokens": 9 } }))
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn voyage_is_told_what_a_text_is_for_and_gives_the_vectors_in_the_order_of_the_texts() {
    let provider = StandIn::new([vectors(&[[3.0, 4.0], [0.0, 2.0]])]).await;
    let embedder = voyage_at(&provider.url);
    let made = embedder.embed(Usage::Document, &texts(&["one", "two"])).await.unwrap();
    assert_eq!(made[0].numbers(), [0.6, 0.8]);
    assert_eq!(made[1].numbers(), [0.0, 1.0]);
    embedder.embed(Usage::Query, &texts(&["one", "two"])).await.unwrap();
    let asked = provider.asked();
    assert_eq!(asked[0].path, "/v1/embeddings");
    assert_eq!(asked[0].headers["authorization"], format!("Bearer {KEY}").as_str());
    let wanted = json!({ "model": "small-1", "input": ["one", "two"], "input_type": "document", "truncation": true,
        "output_dimension": 2 });
    assert_eq!(asked[0].body, wanted);
    assert_eq!(asked[1].body["input_type"], "query");
    assert_eq!(embedder.model().as_str(), "voyage/small-1@2");
}

#[tokio::test]
async fn openai_needs_no_key_and_many_texts_travel_in_batches() {
    let provider = StandIn::new([vectors(&[[1.0, 0.0]; 64]), vectors(&[[0.0, 1.0]; 6])]).await;
    let embedder = openai_at(&provider.url);
    let made = embedder.embed(Usage::Document, &vec!["text".to_owned(); 70]).await.unwrap();
    assert_eq!(made.len(), 70);
    assert_eq!((made[63].numbers(), made[64].numbers()), (&[1.0, 0.0][..], &[0.0, 1.0][..]));
    let asked = provider.asked();
    assert!(asked[0].headers.get("authorization").is_none());
    assert_eq!(asked[1].body["input"].as_array().map(Vec::len), Some(6));
    assert_eq!(
        (&asked[0].body["encoding_format"], &asked[0].body["dimensions"]),
        (&json!("float"), &Value::Null)
    );
    assert_eq!(embedder.model().as_str(), "openai/small-1");
}

#[tokio::test]
async fn a_text_longer_than_any_model_reads_is_cut_between_characters() {
    let provider = StandIn::new([vectors(&[[1.0, 0.0]])]).await;
    openai_at(&provider.url).embed(Usage::Query, &["ü".repeat(50_000)]).await.unwrap();
    assert_eq!(provider.asked()[0].body["input"][0].as_str().map(str::len), Some(24_000));
}

#[tokio::test]
async fn what_may_pass_soon_is_tried_again_and_a_refusal_is_not() {
    let limited = json(429, &json!({ "detail": "slow down" })).with("retry-after-ms", "5");
    let provider = StandIn::new([limited, json(503, &json!({})), vectors(&[[1.0, 0.0]])]).await;
    openai_at(&provider.url).embed(Usage::Query, &texts(&["one"])).await.unwrap();
    assert_eq!(provider.asked().len(), 3);
    let provider = StandIn::new([json(401, &json!({ "detail": "Jane's key" }))]).await;
    let error = openai_at(&provider.url).embed(Usage::Query, &texts(&["one"])).await.unwrap_err();
    assert_eq!(error, EmbedError::Refused { code: "HTTP 401".to_owned() });
    assert_eq!(provider.asked().len(), 1);
    let error = openai_at(&nobody().await).embed(Usage::Query, &texts(&["one"])).await.unwrap_err();
    assert!(matches!(error, EmbedError::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_is_not_a_vector_for_each_text_is_not_taken() {
    let long = json!({ "data": [{ "index": 0, "embedding": [1.0, 2.0, 3.0] }, { "index": 1, "embedding": [1.0, 2.0] }] });
    for answer in [
        vectors(&[[1.0, 0.0]]),
        vectors(&[[1.0, 0.0], [0.0, 0.0]]),
        vectors(&[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
        json(200, &long),
        json(200, &json!({ "data": "none" })),
        json(200, &json!([])),
    ] {
        let provider = StandIn::new([answer]).await;
        let error = voyage_at(&provider.url).embed(Usage::Query, &texts(&["a", "b"])).await.unwrap_err();
        assert!(matches!(error, EmbedError::Invalid(_)), "{error:?}");
    }
}

#[test]
fn nothing_shows_the_key() {
    let shown = format!("{:?}", voyage_at("http://localhost:1"));
    assert!(shown.contains("small-1") && !shown.contains(KEY), "{shown}");
}
