//! The embedding model in a folder, where the program is built with what reads one (cargo's feature `local-model`).

use std::path::Path;
use std::sync::Arc;

use domain::embedding::{EmbedError, Embedder};

#[cfg(feature = "local-model")]
use super::local::Local;

/// The model in a folder.
#[cfg(feature = "local-model")]
pub(super) fn read(folder: &Path) -> Result<Arc<dyn Embedder>, EmbedError> {
    Ok(Arc::new(Local::new(folder)?))
}

/// Whether there is one.
#[cfg(feature = "local-model")]
pub(super) fn is_in(folder: &Path) -> bool {
    Local::is_in(folder)
}

/// Never: nothing here can read one.
#[cfg(not(feature = "local-model"))]
pub(super) fn read(folder: &Path) -> Result<Arc<dyn Embedder>, EmbedError> {
    let folder = folder.display();
    Err(EmbedError::Unusable(format!(
        "this program was built without the feature local-model, so that {folder} cannot be read"
    )))
}

/// None that could be read.
#[cfg(not(feature = "local-model"))]
pub(super) fn is_in(_folder: &Path) -> bool {
    false
}
