//! Who turns texts into vectors: the embedder in force, and others whose vectors still serve until it has made its own.

use std::fmt;
use std::sync::Arc;

use domain::embedding::{Embedder, ModelId};

/// The embedders of the program, the one in force first. There may be none: then words alone count.
#[derive(Clone, Default)]
pub struct Embedders(Vec<Arc<dyn Embedder>>);

impl Embedders {
    /// The one in force, and those that may have been before it.
    pub fn new(in_force: Arc<dyn Embedder>, before: impl IntoIterator<Item = Arc<dyn Embedder>>) -> Self {
        let mut all = vec![in_force];
        for embedder in before {
            if all.iter().all(|known| known.model() != embedder.model()) {
                all.push(embedder);
            }
        }
        Self(all)
    }

    /// The one in force.
    pub fn in_force(&self) -> Option<&Arc<dyn Embedder>> {
        self.0.first()
    }

    /// The models of all of them, the one in force first.
    pub fn models(&self) -> Vec<ModelId> {
        self.0.iter().map(|embedder| embedder.model().clone()).collect()
    }

    /// The one whose vectors have this model's name.
    pub fn of(&self, model: &ModelId) -> Option<&Arc<dyn Embedder>> {
        self.0.iter().find(|embedder| embedder.model() == model)
    }
}

impl fmt::Debug for Embedders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|embedder| embedder.model().as_str())).finish()
    }
}
