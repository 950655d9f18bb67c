//! A script from a template and values: every placeholder becomes one literal, SECRET parameters a question at run time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::TemplateVersion;
use super::literal::{Literal, secret_variable};
use super::parameter::{Parameter, ParameterType};
use super::powershell::placeholder;
use super::value::{ValueFault, parse};

/// Longest script that is generated, in bytes.
pub const MAX_SCRIPT: usize = 512 * 1024;

/// A value as it is given: by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The parameter's key.
    pub key: String,
    /// The value in text.
    pub value: String,
}

/// A parameter's value can't be taken. It names the parameter and never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{key}\" {fault}.")]
pub struct ParameterFault {
    /// The parameter.
    pub key: String,
    /// What is wrong.
    pub fault: ValueFault,
}

/// A script that was generated; there is no other way to one than [`generate`].
#[derive(Clone, PartialEq, Eq)]
pub struct GeneratedText {
    version: u32,
    text: String,
    arguments: BTreeMap<String, String>,
}

impl GeneratedText {
    /// The template's version that it was made from.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The script.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The values that it was made with, by key; never of a SECRET.
    pub fn arguments(&self) -> &BTreeMap<String, String> {
        &self.arguments
    }
}

impl std::fmt::Debug for GeneratedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GeneratedText").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Makes a script. An empty value counts as none given.
///
/// # Errors
/// Every parameter that can't be taken as it is given.
pub fn generate(
    template: &TemplateVersion,
    arguments: &[Argument],
) -> Result<GeneratedText, Vec<ParameterFault>> {
    let parameters = &template.content.parameters;
    let (given, mut faults) = given(parameters, arguments);
    let mut literals = BTreeMap::new();
    for parameter in parameters {
        match literal(parameter, given.get(parameter.key.as_str()).copied()) {
            Ok(literal) => {
                literals.insert(parameter.key.as_str(), literal.to_string());
            }
            Err(fault) => faults.push(ParameterFault { key: parameter.key.clone(), fault }),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut text = header(parameters);
    fill(&template.content.body, &literals, &mut text).map_err(|fault| vec![fault])?;
    let arguments = given.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    Ok(GeneratedText { version: template.version, text, arguments })
}

/// What was given, by key, and what can't have been meant.
fn given<'a>(
    parameters: &[Parameter],
    arguments: &'a [Argument],
) -> (BTreeMap<&'a str, &'a str>, Vec<ParameterFault>) {
    let mut given = BTreeMap::new();
    let mut faults = Vec::new();
    for Argument { key, value } in arguments {
        let fault = if !parameters.iter().any(|parameter| parameter.key == *key) {
            Some(ValueFault::Unknown)
        } else if given.contains_key(key.as_str()) {
            Some(ValueFault::Twice)
        } else {
            None
        };
        match fault {
            // A key from outside may be anything; what is unknown is not repeated at length.
            Some(fault) => faults.push(ParameterFault { key: key.chars().take(64).collect(), fault }),
            None if value.is_empty() => {}
            None => {
                given.insert(key.as_str(), value.as_str());
            }
        }
    }
    (given, faults)
}

fn literal(parameter: &Parameter, given: Option<&str>) -> Result<Literal, ValueFault> {
    match (given, &parameter.default) {
        (None, _) if parameter.kind == ParameterType::Secret => Ok(Literal::Prompted(parameter.key.clone())),
        (Some(value), _) if parameter.required && value.trim().is_empty() => Err(ValueFault::Missing),
        (Some(value), _) => parse(parameter, value),
        (None, Some(default)) => parse(parameter, default),
        (None, None) if parameter.required => Err(ValueFault::Missing),
        (None, None) => Ok(Literal::Null),
    }
}

/// Asks for what must never be written down, before the script begins.
fn header(parameters: &[Parameter]) -> String {
    let mut header = String::new();
    for secret in parameters.iter().filter(|parameter| parameter.kind == ParameterType::Secret) {
        let (variable, prompt) = (secret_variable(&secret.key), Literal::Text(secret.label.clone()));
        writeln!(header, "{variable} = Read-Host -AsSecureString -Prompt {prompt}")
            .expect("invariant: a String takes everything");
    }
    header
}

/// One pass over the body: what stands in a value is never looked at again.
fn fill(body: &str, literals: &BTreeMap<&str, String>, text: &mut String) -> Result<(), ParameterFault> {
    let mut rest = body;
    while let Some(at) = rest.find("{{") {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let found = placeholder(from).and_then(|(length, key)| Some((length, key, literals.get(key)?)));
        let (length, piece, key) = match found {
            Some((length, key, literal)) => (length, literal.as_str(), key),
            None => (1, "{", ""),
        };
        if text.len() + piece.len() > MAX_SCRIPT {
            return Err(ParameterFault { key: key.to_owned(), fault: ValueFault::TooLong });
        }
        text.push_str(piece);
        rest = &from[length..];
    }
    text.push_str(rest);
    Ok(())
}
