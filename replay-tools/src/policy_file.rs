//! A policy of matching in a file.

use std::path::Path;

use domain::matching::MatchPolicy;

use crate::failure::Failure;

/// Reads one.
///
/// # Errors
/// The file can't be read, or is no policy.
pub(crate) fn read(file: &Path) -> Result<MatchPolicy, Failure> {
    let fault = |error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| fault(&error))?;
    serde_json::from_str(&text).map_err(|error| fault(&error))
}
