//! The only ways in which a value enters a script (rule 8.2): each is one PowerShell literal, or a variable of ours.

use std::fmt;

use super::powershell::is_single_quote;

/// What stands in a script for a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    /// `'…'`.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// `$true` or `$false`.
    Boolean(bool),
    /// `$null`: an optional parameter without a value.
    Null,
    /// The variable that holds what is asked for at run time.
    Prompted(String),
}

/// The variable that a SECRET parameter is bound to.
pub fn secret_variable(key: &str) -> String {
    format!("$FlowPilotSecret_{key}")
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => {
                f.write_str("'")?;
                for it in text.chars() {
                    write!(f, "{it}")?;
                    // Any of PowerShell's single quotes would end the string; two of them are one in it.
                    if is_single_quote(it) {
                        write!(f, "{it}")?;
                    }
                }
                f.write_str("'")
            }
            Self::Integer(number) => write!(f, "{number}"),
            Self::Boolean(true) => f.write_str("$true"),
            Self::Boolean(false) => f.write_str("$false"),
            Self::Null => f.write_str("$null"),
            Self::Prompted(key) => f.write_str(&secret_variable(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_single_quote_is_doubled_and_nothing_else_is_touched() {
        let text = Literal::Text("O'Brien ‘a’ ‚b‛ “c” `$(x) \"".into());
        assert_eq!(text.to_string(), "'O''Brien ‘‘a’’ ‚‚b‛‛ “c” `$(x) \"'");
    }

    #[test]
    fn numbers_booleans_and_nothing_stand_for_themselves() {
        let all = [Literal::Integer(-5), Literal::Boolean(true), Literal::Boolean(false), Literal::Null];
        assert_eq!(all.map(|it| it.to_string()), ["-5", "$true", "$false", "$null"]);
        assert_eq!(Literal::Prompted("pin".into()).to_string(), "$FlowPilotSecret_pin");
    }
}
