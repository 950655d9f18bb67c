//! The starter library of scripts: PowerShell files whose first comment holds, in YAML, what the template asks for.
//!
//! ```text
//! <#---
//! name: Clear a print queue
//! parameters:
//!   - {key: server, label: Print server, type: HOSTNAME}
//! ---#>
//! Get-Printer -ComputerName {{server}}
//! ```

use std::sync::LazyLock;

use serde::Deserialize;

use super::parameter::{Parameter, ParameterType};
use super::template::{TemplateContent, TemplateFault, checked};

const BEGIN: &str = "<#---\n";
const END: &str = "\n---#>\n";

/// Every file of `library/scripts/`, its name and its text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/starter_scripts.rs"));

/// A template of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryScript {
    /// The file's name without its ending: the same template keeps it for ever.
    pub slug: String,
    /// What is published, for the whole account.
    pub content: TemplateContent,
}

/// Why a file is no template.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum LibraryError {
    #[error("{file}: it must begin with a comment from `<#---` to `---#>`, each on a line of its own")]
    NoHead { file: String },
    #[error("{file}: {reason}")]
    Yaml { file: String, reason: String },
    #[error("{file}: {}", .faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))]
    Template { file: String, faults: Vec<TemplateFault> },
}

/// The templates that every new account begins with, in the order of their slugs.
///
/// # Panics
/// Never: the files are part of the program, and a test reads them all.
pub fn starter_scripts() -> &'static [LibraryScript] {
    static SCRIPTS: LazyLock<Vec<LibraryScript>> = LazyLock::new(|| {
        FILES.iter().map(|(file, text)| read(file, text)).collect::<Result<_, _>>().unwrap_or_else(|fault| {
            panic!("invariant: the scripts that are part of the program are valid, but {fault}")
        })
    });
    &SCRIPTS
}

/// Reads one file: its name gives the slug, what it holds must be fit for publishing.
///
/// # Errors
/// What is wrong, with the file.
pub fn read(file: &str, text: &str) -> Result<LibraryScript, LibraryError> {
    let file = || file.to_owned();
    let text = text.replace("\r\n", "\n");
    let (head, body) = text
        .strip_prefix(BEGIN)
        .and_then(|text| text.split_once(END))
        .ok_or_else(|| LibraryError::NoHead { file: file() })?;
    let written: Written = serde_saphyr::from_str(head)
        .map_err(|fault| LibraryError::Yaml { file: file(), reason: fault.to_string() })?;
    let content = TemplateContent {
        name: written.name,
        description: written.description,
        category: written.category,
        team: None,
        body: body.trim_matches('\n').to_owned() + "\n",
        parameters: written.parameters.into_iter().map(Parameter::from).collect(),
    };
    let content = checked(content).map_err(|faults| LibraryError::Template { file: file(), faults })?;
    Ok(LibraryScript { slug: file().trim_end_matches(".ps1").to_owned(), content })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    category: Option<String>,
    description: Option<String>,
    #[serde(default)]
    parameters: Vec<WrittenParameter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenParameter {
    key: String,
    label: String,
    #[serde(rename = "type")]
    kind: ParameterType,
    required: Option<bool>,
    default: Option<String>,
    #[serde(default)]
    options: Vec<String>,
    help: Option<String>,
}

impl From<WrittenParameter> for Parameter {
    fn from(written: WrittenParameter) -> Self {
        Self {
            key: written.key,
            label: written.label,
            kind: written.kind,
            required: written.required.unwrap_or(true),
            default: written.default,
            options: written.options,
            help: written.help,
        }
    }
}

#[cfg(test)]
mod tests;
