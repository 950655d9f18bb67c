//! Tokens of an identity provider that publishes its keys and changes them (rule 11.6).

use std::time::Duration;

use api::auth::published_keys::{KeySource, PublishedKeys};
use api::auth::trust::Trust;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::clock::{Clock, SystemClock};
use integrations::http::{Document, Http, HttpSettings};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::stand_in::{self, Answer, StandIn};
use crate::world::{World, eventually, secret, token};

const QUERY: &str = "{ viewer { role } }";

/// A key of the provider.
struct Signer {
    id: &'static str,
    algorithm: Algorithm,
    key: EncodingKey,
}

fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(lines).unwrap()
}

fn rsa(id: &'static str, pem: &str) -> Signer {
    Signer { id, algorithm: Algorithm::RS256, key: EncodingKey::from_rsa_der(&der(pem)) }
}

fn first() -> Signer {
    rsa("first", include_str!("keys/rsa_one.pem"))
}

fn second() -> Signer {
    rsa("second", include_str!("keys/rsa_two.pem"))
}

fn elliptic() -> Signer {
    let key = EncodingKey::from_ec_der(&der(include_str!("keys/ec.pem")));
    Signer { id: "elliptic", algorithm: Algorithm::ES256, key }
}

impl Signer {
    fn published(&self) -> Value {
        let mut jwk =
            serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        jwk["kid"] = json!(self.id);
        jwk["use"] = json!("sig");
        jwk
    }

    fn sign(&self, claims: &Value, id: Option<&str>) -> String {
        let header = Header { kid: id.map(str::to_owned), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    /// A token as the provider issues it.
    fn token(&self, subject: &str) -> String {
        self.sign(&claims(subject), Some(self.id))
    }
}

fn claims(subject: &str) -> Value {
    let exp = SystemClock.now().timestamp() + 600;
    json!({ "sub": subject, "exp": exp, "iss": "flowpilot", "aud": ["somebody", "flowpilot"] })
}

fn key_set(keys: &[Value]) -> Answer {
    stand_in::json(200, &json!({ "keys": keys }))
}

fn trust(source: KeySource) -> Trust {
    Trust { published: Some(PublishedKeys::new(source)), ..Trust::from(secret()) }
}

fn at(provider: &StandIn) -> KeySource {
    let settings = HttpSettings { proxy: false, largest_answer: 64 * 1024, ..HttpSettings::default() };
    let url = format!("{}/keys", provider.url);
    KeySource::Published(Document::new(Http::new(settings).unwrap(), &url).unwrap())
}

async fn status(world: &World, token: &str) -> u16 {
    world.nobody.with_token(token).graphql(QUERY, Value::Null).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_signed_with_a_published_key_are_taken_beside_our_own() {
    let keys = [first().published(), elliptic().published(), json!({ "kty": "unheard of", "kid": "new" })];
    let provider = StandIn::new([key_set(&keys)]).await;
    let world = World::trusting(trust(at(&provider))).await;
    let owner = world.firm.owner.id.to_string();
    for token in [first().token(&owner), elliptic().token(&owner), token(&owner)] {
        assert_eq!(status(&world, &token).await, 200);
    }
    let email = json!({ "email": world.firm.owner.email.to_uppercase(), "email_verified": true });
    let mut by_address = claims("provider|1");
    by_address.as_object_mut().unwrap().extend(email.as_object().unwrap().clone());
    assert_eq!(status(&world, &first().sign(&by_address, Some("first"))).await, 200);
    assert_eq!(status(&world, &first().sign(&claims(&owner), None)).await, 200, "there is no choice");
    assert_eq!(provider.asked().len(), 1, "keys are kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn algorithms_keys_and_claims_that_do_not_belong_together_open_nothing() {
    let symmetric = json!({
        "kty": "oct", "kid": "symmetric", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode("published by mistake, 32 bytes"),
    });
    let for_encryption = {
        let mut key = second().published();
        key["use"] = json!("enc");
        key
    };
    let keys = [first().published(), symmetric, for_encryption];
    let provider = StandIn::new([key_set(&keys)]).await;
    let world = World::trusting(trust(at(&provider))).await;
    let owner = world.firm.owner.id.to_string();
    let claims = claims(&owner);
    let with_secret = |bytes: &[u8], id: &str| {
        let header = Header { kid: Some(id.to_owned()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(bytes)).unwrap()
    };
    let changed = |field: &str, value: Value| {
        let mut claims = claims.clone();
        claims[field] = value;
        first().sign(&claims, Some("first"))
    };
    let without = |field: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(field);
        first().sign(&claims, Some("first"))
    };
    let modulus = first().published()["n"].as_str().unwrap().to_owned();
    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "kid": "first" }).to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    for (what, token) in [
        ("HS256 with a published symmetric key", with_secret(b"published by mistake, 32 bytes", "symmetric")),
        ("HS256 with the public key's modulus", with_secret(modulus.as_bytes(), "first")),
        ("HS256 with its bytes", with_secret(&URL_SAFE_NO_PAD.decode(&modulus).unwrap(), "first")),
        ("no algorithm", unsigned),
        ("a key that is not for signing", second().token(&owner)),
        ("another key under a known name", second().sign(&claims, Some("first"))),
        ("a key of another kind under a known name", elliptic().sign(&claims, Some("first"))),
        ("expired", changed("exp", json!(SystemClock.now().timestamp() - 3_600))),
        ("another issuer", changed("iss", json!("somebody"))),
        ("another audience", changed("aud", json!("somebody"))),
        ("no end", without("exp")),
        ("no subject", without("sub")),
        ("no issuer", without("iss")),
        ("no audience", without("aud")),
    ] {
        assert_eq!(status(&world, &token).await, 401, "{what}");
    }
    let asked = provider.asked().len();
    assert!(asked <= 2, "unknown keys make nobody ask again and again: {asked}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_the_provider_takes_into_use_is_found_once_a_token_names_it() {
    let later = key_set(&[second().published(), elliptic().published()]);
    let provider = StandIn::new([key_set(&[first().published()]), later]).await;
    let world = World::trusting(trust(at(&provider))).await;
    let owner = world.firm.owner.id.to_string();
    assert_eq!(status(&world, &first().token(&owner)).await, 200);
    // Not at once: whoever invents keys must not make us ask all the time.
    eventually("the new key is known", async || status(&world, &second().token(&owner)).await == 200).await;
    assert_eq!(provider.asked().len(), 2);
    assert_eq!(status(&world, &elliptic().token(&owner)).await, 200);
    assert_eq!(status(&world, &first().token(&owner)).await, 401, "the old one is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, json!({ "keys": [elliptic().published()] }).to_string()).unwrap();
    let world = World::trusting(trust(KeySource::File(file))).await;
    let owner = world.firm.owner.id.to_string();
    assert_eq!(status(&world, &elliptic().token(&owner)).await, 200);
    assert_eq!(status(&world, &first().token(&owner)).await, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_cannot_be_read_are_told_from_tokens_that_are_wrong() {
    let large = stand_in::json(200, &json!({ "keys": ["x".repeat(100_000)] }));
    for broken in [stand_in::json(500, &json!({})), stand_in::json(200, &json!("no keys")), large] {
        let provider = StandIn::new([broken]).await;
        let world = World::trusting(trust(at(&provider))).await;
        let owner = world.firm.owner.id.to_string();
        let answer = world.nobody.with_token(first().token(&owner)).graphql(QUERY, Value::Null).await;
        assert_eq!((answer.status, answer.code()), (503, "UNAVAILABLE"));
        assert_eq!(status(&world, &token(&owner)).await, 200, "our own need no provider");
    }
    let without = World::start().await;
    let owner = without.firm.owner.id.to_string();
    assert_eq!(status(&without, &first().token(&owner)).await, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_tokens_asks_the_provider_once() {
    let slow = StandIn::new([key_set(&[first().published()])]).await;
    let world = World::trusting(trust(at(&slow))).await;
    let token = first().token(&world.firm.owner.id.to_string());
    let all = (0..30).map(|_| status(&world, &token));
    let crowd =
        tokio::time::timeout(Duration::from_secs(30), futures_util::future::join_all(all)).await.unwrap();
    assert!(crowd.into_iter().all(|status| status == 200));
    assert_eq!(slow.asked().len(), 1);
}
