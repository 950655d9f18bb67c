//! What a template asks for: typed parameters, and whether they are well declared.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::value::{ValueFault, parse};
use crate::input::{Length, is_unseen};

/// Most parameters of a template.
pub const MAX_PARAMETERS: usize = 32;
/// Most options of an ENUM.
pub const MAX_OPTIONS: usize = 50;
const MAX_KEY: usize = 64;
const LABEL: Length = Length::up_to(120);
const OPTION: Length = Length::up_to(200);
const HELP: Length = Length::up_to(1_000);

/// How a value is read and what it becomes in a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ParameterType {
    /// Any text on one line.
    String,
    /// A whole number of up to 64 bits.
    Integer,
    /// true or false.
    Boolean,
    /// One of the options.
    Enum,
    /// A user principal name, `anna@contoso.com`.
    Upn,
    /// A computer's name, with or without its domain, or an IPv4 address.
    Hostname,
    /// A distinguished name of a directory, `OU=Staff,DC=contoso,DC=com`.
    DistinguishedName,
    /// An absolute path of Windows, without wildcards and devices.
    Path,
    /// A GUID.
    Guid,
    /// Asked for when the script runs; never given to FlowPilot.
    Secret,
}

impl ParameterType {
    /// The name that is stored and served.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::Integer => "INTEGER",
            Self::Boolean => "BOOLEAN",
            Self::Enum => "ENUM",
            Self::Upn => "UPN",
            Self::Hostname => "HOSTNAME",
            Self::DistinguishedName => "DISTINGUISHED_NAME",
            Self::Path => "PATH",
            Self::Guid => "GUID",
            Self::Secret => "SECRET",
        }
    }
}

/// One thing that a template asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name in the body: `{{key}}`. Letters, digits and `_`, a letter first.
    pub key: String,
    /// What people read, 1–120 characters.
    pub label: String,
    /// How a value is read.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// A value is needed, given or by default.
    pub required: bool,
    /// What is taken where nothing is given.
    pub default: Option<String>,
    /// What an ENUM may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// What helps to find the value.
    pub help: Option<String>,
}

impl Parameter {
    /// Whether a value may be given for it.
    ///
    /// # Errors
    /// What is wrong with the value, without repeating it.
    pub fn check(&self, value: &str) -> Result<(), ValueFault> {
        parse(self, value).map(|_| ())
    }
}

/// Why parameters can't be declared like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum DeclarationFault {
    #[error("At most {MAX_PARAMETERS} parameters are taken.")]
    TooMany,
    #[error(
        "The parameter key \"{0}\" must be up to {MAX_KEY} letters, digits and underscores, a letter first."
    )]
    Key(String),
    #[error("The parameter key \"{0}\" is used twice; keys differ in more than their case.")]
    Twice(String),
    #[error("Parameter \"{0}\": the label must have 1 to 120 visible characters.")]
    Label(String),
    #[error("Parameter \"{0}\": the help must have at most 1,000 visible characters.")]
    Help(String),
    #[error(
        "Parameter \"{0}\": an ENUM needs 1 to {MAX_OPTIONS} different options of up to 200 visible characters."
    )]
    Options(String),
    #[error("Parameter \"{0}\": only an ENUM has options.")]
    NeedlessOptions(String),
    #[error("Parameter \"{0}\": a SECRET has no default; it is asked for when the script runs.")]
    SecretDefault(String),
    #[error("Parameter \"{key}\": its default {fault}.")]
    Default { key: String, fault: ValueFault },
}

/// Checks declarations, all of them.
pub(super) fn check(parameters: &[Parameter]) -> Vec<DeclarationFault> {
    if parameters.len() > MAX_PARAMETERS {
        return vec![DeclarationFault::TooMany];
    }
    let mut faults = Vec::new();
    let mut keys = HashSet::new();
    for parameter in parameters {
        if !is_key(&parameter.key) {
            faults.push(DeclarationFault::Key(parameter.key.chars().take(MAX_KEY).collect()));
            continue;
        }
        // PowerShell's variables know no case, and so neither do keys.
        if !keys.insert(parameter.key.to_ascii_lowercase()) {
            faults.push(DeclarationFault::Twice(parameter.key.clone()));
        }
        faults.extend(check_one(parameter));
    }
    faults
}

fn check_one(parameter: &Parameter) -> Vec<DeclarationFault> {
    let key = || parameter.key.clone();
    let mut faults = Vec::new();
    if !is_line(&parameter.label, LABEL) {
        faults.push(DeclarationFault::Label(key()));
    }
    if parameter.help.as_ref().is_some_and(|help| !is_line(help, HELP)) {
        faults.push(DeclarationFault::Help(key()));
    }
    let options = &parameter.options;
    if parameter.kind == ParameterType::Enum {
        let different = options.iter().collect::<HashSet<_>>().len() == options.len();
        let fits = (1..=MAX_OPTIONS).contains(&options.len()) && options.iter().all(|it| is_line(it, OPTION));
        if !fits || !different {
            faults.push(DeclarationFault::Options(key()));
        }
    } else if !options.is_empty() {
        faults.push(DeclarationFault::NeedlessOptions(key()));
    }
    if let Some(default) = &parameter.default {
        if parameter.kind == ParameterType::Secret {
            faults.push(DeclarationFault::SecretDefault(key()));
        } else if let Err(fault) = parse(parameter, default) {
            faults.push(DeclarationFault::Default { key: key(), fault });
        }
    }
    faults
}

fn is_key(key: &str) -> bool {
    key.len() <= MAX_KEY
        && key.starts_with(|it: char| it.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A line that people can read whole.
pub(super) fn is_line(text: &str, length: Length) -> bool {
    length.check(text, &[]).is_ok() && !text.contains(['\n', '\t']) && !text.chars().any(is_unseen)
}
