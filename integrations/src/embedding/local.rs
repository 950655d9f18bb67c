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

    /// The vectors of a batch, made on this thread.
    fn vectors(&self, batch: &[String]) -> Result<Vec<Vector>, EmbedError> {
        let model = self.model.get_or_init(|| Bert::read(&self.folder)).as_ref().map_err(Clone::clone)?;
        model.vectors(batch)
    }
}

impl Embedder for Local {
    /// A caller that goes away before its turn costs nothing; a batch that has begun is finished.
    fn embed<'a>(&'a self, _usage: Usage, texts: &'a [String]) -> Embedding<'a> {
        Box::pin(async move {
            let mut vectors = vec![None; texts.len()];
            for places in by_length(texts).chunks(BATCH) {
                let turn = self.turn.clone().acquire_owned().await;
                let turn = turn.expect("invariant: the semaphore is never closed");
                let local = self.clone();
                let batch: Vec<_> = places.iter().map(|place| texts[*place].clone()).collect();
                let made = tokio::task::spawn_blocking(move || {
                    let made = local.vectors(&batch);
                    drop(turn);
                    made
                });
                let ended = |_| EmbedError::Unusable("its computation ended badly".to_owned());
                for (place, vector) in places.iter().zip(made.await.map_err(ended)??) {
                    vectors[*place] = Some(vector);
                }
            }
            let all = vectors.into_iter().collect::<Option<_>>();
            all.ok_or(EmbedError::Invalid("fewer vectors than texts"))
        })
    }

    fn model(&self) -> &ModelId {
        &self.id
    }
}

/// The places of texts, short ones first: each text of a batch is filled up to the longest, and what fills it costs as much as
/// words do.
fn by_length(texts: &[String]) -> Vec<usize> {
    let mut places: Vec<_> = (0..texts.len()).collect();
    places.sort_by_key(|place| texts[*place].len());
    places
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
