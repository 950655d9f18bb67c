//! Keys of outside systems: given, or in a file.

use std::path::Path;

use anyhow::{Context, bail};

/// The key, if there is one. `whose` names it in errors.
pub(super) fn key(given: Option<&str>, file: Option<&Path>, whose: &str) -> anyhow::Result<Option<String>> {
    let Some(file) = file else {
        return Ok(filled(given).map(str::to_owned));
    };
    let key = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read {whose} from {}", file.display()))?;
    if key.trim().is_empty() {
        bail!("the file of {whose}, {}, is empty", file.display());
    }
    Ok(Some(key))
}

/// A text with something in it.
pub(super) fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
