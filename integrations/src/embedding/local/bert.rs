//! The model itself: tokens through the layers, and the mean of what comes out.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use domain::embedding::{EmbedError, Vector};
use tokenizers::{PaddingParams, Tokenizer, TruncationParams};

/// Most tokens that are read of a text: what such models were trained on, and enough for an intake.
const MOST_TOKENS: usize = 256;

/// A model that was read.
pub(super) struct Bert {
    model: BertModel,
    tokenizer: Tokenizer,
}

impl Bert {
    /// Reads a model. The weights are read into memory: mapping the file would need unsafe code.
    pub(super) fn read(folder: &Path) -> Result<Self, EmbedError> {
        let read = |name: &str| std::fs::read(folder.join(name)).map_err(unusable);
        let config: Config = serde_json::from_slice(&read("config.json")?).map_err(unusable)?;
        let mut tokenizer = Tokenizer::from_bytes(read("tokenizer.json")?).map_err(unusable)?;
        let truncation = TruncationParams {
            max_length: MOST_TOKENS.min(config.max_position_embeddings),
            ..TruncationParams::default()
        };
        tokenizer.with_truncation(Some(truncation)).map_err(unusable)?;
        tokenizer.with_padding(Some(PaddingParams::default()));
        let weights =
            VarBuilder::from_buffered_safetensors(read("model.safetensors")?, DType::F32, &Device::Cpu)
                .map_err(unusable)?;
        let model = BertModel::load(weights, &config).map_err(unusable)?;
        Ok(Self { model, tokenizer })
    }

    /// A vector for each text.
    pub(super) fn vectors(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let encoded = self.tokenizer.encode_batch(texts.to_vec(), true).map_err(unusable)?;
        let ids: Vec<_> = encoded.iter().map(|text| text.get_ids().to_vec()).collect();
        let mask: Vec<_> = encoded.iter().map(|text| text.get_attention_mask().to_vec()).collect();
        let means = self.means(ids, mask).map_err(unusable)?;
        let vectors: Option<Vec<_>> = means.into_iter().map(Vector::towards).collect();
        vectors.ok_or(EmbedError::Invalid("a text without a direction"))
    }

    /// The mean of what the model makes of each token, filling left out.
    fn means(&self, ids: Vec<Vec<u32>>, mask: Vec<Vec<u32>>) -> candle_core::Result<Vec<Vec<f32>>> {
        let ids = Tensor::new(ids, &Device::Cpu)?;
        let mask = Tensor::new(mask, &Device::Cpu)?;
        let made = self.model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let mask = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
        let sum = made.broadcast_mul(&mask)?.sum(1)?;
        sum.broadcast_div(&mask.sum(1)?)?.to_vec2()
    }
}

fn unusable(error: impl std::fmt::Display) -> EmbedError {
    EmbedError::Unusable(error.to_string())
}
