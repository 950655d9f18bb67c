//! Keys of outside systems: given, or in a file.

use std::path::Path;

use crate::Misconfigured;

/// The key, if there is one; the file goes first. `whose` names it in errors.
///
/// # Errors
/// The file can't be read, or there is nothing in it.
pub fn key(
    given: Option<&str>,
    file: Option<&Path>,
    whose: &'static str,
) -> Result<Option<String>, Misconfigured> {
    let Some(file) = file else {
        return Ok(filled(given).map(str::to_owned));
    };
    let fault = |why: String| Misconfigured::KeyFile { whose, file: file.to_owned(), why };
    let key = std::fs::read_to_string(file).map_err(|error| fault(error.to_string()))?;
    if filled(Some(&key)).is_none() {
        return Err(fault("it is empty".to_owned()));
    }
    Ok(Some(key))
}

/// A text with something in it, without the blanks around it.
pub fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
