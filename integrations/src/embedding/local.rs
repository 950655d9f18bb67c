//! A model of the BERT kind that lies in a folder: its vectors are made here, and nothing leaves the machine.

mod bert;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use domain::embedding::{EmbedError, Embedder, Embedding, ModelId, Usage, Vector};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use self::bert::Bert;

/// What a folder must hold.
const FILES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];
/// Texts that go through the model together.
const BATCH: usize = 8;

/// A model in a folder. It is read when it is first needed.
#[derive(Clone)]
pub struct Local {
    folder: PathBuf,
    id: ModelId,
    model: Arc<OnceLock<Result<Bert, EmbedError>>>,
    /// The model uses every core by itself: one batch at a time.
    turn: Arc<Semaphore>,
}

impl Local {
    /// The model in that folder. Its name follows from its files, not from where they lie.
    ///
    /// # Errors
    /// The folder does not hold a model, or can't be read.
    pub fn new(folder: &Path) -> Result<Self, EmbedError> {
        let mut digest = Sha256::new();
        for name in FILES {
            let file = folder.join(name);
            let unreadable = |error| EmbedError::Unusable(format!("{}: {error}", file.display()));
            let length = std::fs::metadata(&file).map_err(unreadable)?.len();
            digest.update(length.to_be_bytes());
            // The weights of another model have another configuration or another length, but for a retrained one.
            if name == FILES[2] {
                digest.update(beginning(&file).map_err(unreadable)?);
            } else {
                digest.update(std::fs::read(&file).map_err(unreadable)?);
            }
        }
        let digest = digest.finalize();
        let digest =
            u64::from_be_bytes(std::array::from_fn(|place| if place < 2 { 0 } else { digest[place - 2] }));
        Ok(Self {
            folder: folder.to_owned(),
            id: ModelId::new(format!("local/{digest:012x}")),
            model: Arc::default(),
            turn: Arc::new(Semaphore::new(1)),
        })
    }

    /// Whether a model lies in that folder.
    pub fn is_in(folder: &Path) -> bool {
        FILES.iter().all(|name| folder.join(name).is_file())
    }

    /// The vectors of texts, made on this thread.
    pub fn vectors(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        let model = self.model.get_or_init(|| Bert::read(&self.folder)).as_ref().map_err(Clone::clone)?;
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            vectors.extend(model.vectors(batch)?);
        }
        Ok(vectors)
    }
}

impl Embedder for Local {
    /// A caller that goes away before its turn costs nothing; a batch that has begun is finished.
    fn embed<'a>(&'a self, _usage: Usage, texts: &'a [String]) -> Embedding<'a> {
        Box::pin(async move {
            let mut vectors = Vec::with_capacity(texts.len());
            for batch in texts.chunks(BATCH) {
                let turn = self.turn.clone().acquire_owned().await;
                let turn = turn.expect("invariant: the semaphore is never closed");
                let (local, batch) = (self.clone(), batch.to_vec());
                let made = tokio::task::spawn_blocking(move || {
                    let made = local.vectors(&batch);
                    drop(turn);
                    made
                });
                let ended = |_| EmbedError::Unusable("its computation ended badly".to_owned());
                vectors.extend(made.await.map_err(ended)??);
            }
            Ok(vectors)
        })
    }

    fn model(&self) -> &ModelId {
        &self.id
    }
}

/// The first part of a file: of weights, their names, shapes and some numbers.
fn beginning(file: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(1 << 20).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").field("folder", &self.folder).field("model", &self.id).finish_non_exhaustive()
    }
}
