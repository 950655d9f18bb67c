//! A model in a folder: a tiny one that the test makes, and the real one where it was fetched.

use std::path::Path;

use candle_core::{DType, Device};
use candle_nn::{VarBuilder, VarMap};
use candle_transformers::models::bert::{BertModel, Config};
use domain::embedding::{EmbedError, Embedder, Usage};
use integrations::embedding::local::Local;
use serde_json::json;

/// Where `make run` puts the real one.
pub(crate) fn fetched() -> Option<Local> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.models/all-MiniLM-L6-v2");
    Local::is_in(&folder).then(|| Local::new(&folder).unwrap())
}

const WORDS: [&str; 7] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "printer", "is", "offline"];

/// A model of two layers with random weights.
fn tiny() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = json!({
        "vocab_size": WORDS.len(), "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 16, "hidden_act": "gelu", "hidden_dropout_prob": 0.0, "max_position_embeddings": 32,
        "type_vocab_size": 2, "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0,
        "position_embedding_type": "absolute", "use_cache": false, "model_type": "bert",
    });
    let ids: serde_json::Map<_, _> =
        WORDS.iter().enumerate().map(|(id, word)| ((*word).to_owned(), json!(id))).collect();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": { "type": "Lowercase" }, "pre_tokenizer": { "type": "Whitespace" },
        "post_processor": { "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2] },
        "decoder": null, "model": { "type": "WordLevel", "vocab": ids, "unk_token": "[UNK]" },
    });
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    let (weights, config) = (VarMap::new(), serde_json::from_value::<Config>(config).unwrap());
    BertModel::load(VarBuilder::from_varmap(&weights, DType::F32, &Device::Cpu), &config).unwrap();
    weights.save(folder.path().join("model.safetensors")).unwrap();
    folder
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn a_text_has_one_vector_whatever_travels_with_it() {
    let folder = tiny();
    let local = Local::new(folder.path()).unwrap();
    let long = "printer is offline ".repeat(100);
    let mut many = texts(&["printer", "printer is offline", "", &long]);
    // More than travel together, long ones among short ones.
    many.extend((0..20).map(|number| "printer is offline ".repeat(number * 7 % 20)));
    let together = local.embed(Usage::Document, &many).await.unwrap();
    assert_eq!(together.len(), many.len());
    for (text, vector) in many.iter().zip(&together) {
        let alone = local.embed(Usage::Query, std::slice::from_ref(text)).await.unwrap();
        assert_eq!(vector.numbers().len(), 8);
        assert!(alone[0].cosine(vector) > 0.9999, "filling must not count: {text:.20}");
    }
    assert!(together[0].cosine(&together[1]) < 0.9999, "other words, another vector");
    let batches = local.embed(Usage::Document, &vec!["printer".to_owned(); 40]).await.unwrap();
    assert_eq!(batches.len(), 40);
}

#[tokio::test]
async fn the_name_follows_from_the_files_and_what_is_no_model_is_refused_with_its_file() {
    let (folder, other) = (tiny(), tiny());
    let (one, two) = (Local::new(folder.path()).unwrap(), Local::new(other.path()).unwrap());
    assert_ne!(one.model(), two.model(), "other weights, another space");
    assert_eq!(one.model(), Local::new(folder.path()).unwrap().model());
    std::fs::write(other.path().join("model.safetensors"), "no weights").unwrap();
    let broken = Local::new(other.path()).unwrap().embed(Usage::Query, &texts(&["printer"])).await;
    assert!(matches!(broken, Err(EmbedError::Unusable(_))), "{broken:?}");
    std::fs::remove_file(other.path().join("tokenizer.json")).unwrap();
    assert!(!Local::is_in(other.path()) && Local::is_in(folder.path()));
    assert!(Local::new(other.path()).unwrap_err().to_string().contains("tokenizer.json"));
}

#[tokio::test]
async fn the_fetched_model_knows_that_other_words_can_mean_the_same() {
    let Some(local) = fetched() else { return };
    let all = texts(&[
        "the laptop does not turn on",
        "notebook shows no sign of life",
        "mail lands in the spam folder",
    ]);
    let made = local.embed(Usage::Query, &all).await.unwrap();
    assert!(made[0].cosine(&made[1]) > made[0].cosine(&made[2]) + 0.2);
}
