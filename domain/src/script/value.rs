//! Values of parameters: read by type, so that nothing but a well-formed one becomes a literal (rule 8.2).

mod names;
mod path;

use uuid::Uuid;

use super::literal::Literal;
use super::parameter::{Parameter, ParameterType};
use crate::input::is_unseen;

/// Longest value, in bytes.
pub const MAX_VALUE: usize = 100_000;

/// What is wrong with a value. It never repeats the value. Reads on after the parameter's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum ValueFault {
    #[error("is needed")]
    Missing,
    #[error("is no parameter of the template")]
    Unknown,
    #[error("is given more than once")]
    Twice,
    #[error("is asked for when the script runs; give no value")]
    SecretGiven,
    #[error("may have at most {MAX_VALUE} bytes")]
    TooLong,
    #[error("holds a line break, another control character, or one that cannot be seen")]
    Unseen,
    #[error("must be a whole number of up to 64 bits, in digits")]
    NoInteger,
    #[error("must be true or false")]
    NoBoolean,
    #[error("must be one of the options")]
    NoOption,
    #[error("must be a user principal name, like anna@contoso.com")]
    NoUpn,
    #[error("must be a computer's name or an IPv4 address")]
    NoHostname,
    #[error("must be a distinguished name, like OU=Staff,DC=contoso,DC=com")]
    NoDistinguishedName,
    #[error("must be an absolute path, like C:\\Temp\\log.txt, without wildcards, `..` and devices")]
    NoPath,
    #[error("must be a GUID, like 6f9619ff-8b86-d011-b42d-00c04fc964ff")]
    NoGuid,
}

/// Reads a value that was given. Blanks around anything but a STRING and an ENUM don't count.
pub(super) fn parse(parameter: &Parameter, given: &str) -> Result<Literal, ValueFault> {
    if given.len() > MAX_VALUE {
        return Err(ValueFault::TooLong);
    }
    if given.chars().any(is_refused) {
        return Err(ValueFault::Unseen);
    }
    let value = given.trim_matches(' ');
    let text = |is_one: fn(&str) -> bool, fault| {
        if is_one(value) { Ok(Literal::Text(value.to_owned())) } else { Err(fault) }
    };
    match parameter.kind {
        ParameterType::String => Ok(Literal::Text(given.to_owned())),
        ParameterType::Integer => integer(value),
        ParameterType::Boolean => match value.to_ascii_lowercase().as_str() {
            "true" => Ok(Literal::Boolean(true)),
            "false" => Ok(Literal::Boolean(false)),
            _ => Err(ValueFault::NoBoolean),
        },
        ParameterType::Enum => {
            let option = parameter.options.iter().find(|option| *option == given);
            option.cloned().map(Literal::Text).ok_or(ValueFault::NoOption)
        }
        ParameterType::Upn => text(names::is_upn, ValueFault::NoUpn),
        ParameterType::Hostname => text(names::is_hostname, ValueFault::NoHostname),
        ParameterType::DistinguishedName => {
            text(names::is_distinguished_name, ValueFault::NoDistinguishedName)
        }
        ParameterType::Path => text(path::is_path, ValueFault::NoPath),
        ParameterType::Guid => guid(value),
        ParameterType::Secret => Err(ValueFault::SecretGiven),
    }
}

/// A value is one line, and what its reader sees is what it is.
fn is_refused(it: char) -> bool {
    it.is_control() || matches!(it, '\u{2028}' | '\u{2029}') || is_unseen(it)
}

/// The smallest number of 64 bits is left out: PowerShell reads its digits before its sign.
fn integer(value: &str) -> Result<Literal, ValueFault> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let in_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse().ok().filter(|number| in_digits && *number != i64::MIN);
    number.map(Literal::Integer).ok_or(ValueFault::NoInteger)
}

fn guid(value: &str) -> Result<Literal, ValueFault> {
    let inner = value.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(value);
    let id = Uuid::try_parse(inner).ok().filter(|_| inner.len() == 36);
    id.map(|id| Literal::Text(id.hyphenated().to_string())).ok_or(ValueFault::NoGuid)
}

#[cfg(test)]
mod tests;
