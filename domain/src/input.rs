//! Checks of what people send: lengths, emptiness, characters that no text of ours may hold.

use crate::personal::Personal;
use crate::redaction::shortened;

/// Names an input field as the contract does, e.g. `["summary"]`.
pub type Path = &'static [&'static str];

/// An input that can't be taken as it is. It names the field and never repeats what stood in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {fault}.", path.join("."))]
pub struct InvalidInput {
    /// Which field.
    pub path: Path,
    /// What is wrong with it.
    pub fault: InputFault,
}

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum InputFault {
    #[error("it must not be empty")]
    Empty,
    #[error("at least {min} characters are needed")]
    TooShort { min: usize },
    #[error("at most {max} characters are taken")]
    TooLong { max: usize },
    #[error("at most {max} bytes are taken")]
    TooLarge { max: u64 },
    #[error("at most {max} are taken")]
    TooMany { max: usize },
    #[error("it must not contain the NUL character")]
    Nul,
    #[error("it must be from {min} to {max}")]
    OutOfRange { min: i64, max: i64 },
    #[error("{0}")]
    Refused(&'static str),
}

impl InvalidInput {
    pub(crate) fn new(path: Path, fault: InputFault) -> Self {
        Self { path, fault }
    }

    pub(crate) fn refused(path: Path, why: &'static str) -> Self {
        Self { path, fault: InputFault::Refused(why) }
    }
}

/// How long a text must and may be, in characters. Blanks around it don't count towards the least.
#[derive(Debug, Clone, Copy)]
pub struct Length {
    min: usize,
    max: usize,
    /// The text comes without its secrets.
    redacted: bool,
}

impl Length {
    /// Anything but empty.
    pub(crate) const fn up_to(max: usize) -> Self {
        Self { min: 1, max, redacted: false }
    }

    /// From `min` to `max`.
    pub(crate) const fn between(min: usize, max: usize) -> Self {
        Self { min, max, redacted: false }
    }

    /// The same for a text whose secrets were replaced. The bound is one for what a person writes, so a placeholder counts
    /// as the one character that it stands for at the least; whoever replaces secrets asks `admits` before.
    pub(crate) const fn redacted(self) -> Self {
        Self { redacted: true, ..self }
    }

    /// Whether a text is no longer than it may be, as a person wrote it, secrets and all. A blank one is no text.
    pub fn admits(self, written: &str, path: Path) -> Result<(), InvalidInput> {
        if exceeds(written, self.max) && !is_blank(written) {
            return Err(InvalidInput::new(path, InputFault::TooLong { max: self.max }));
        }
        Ok(())
    }

    /// Whether a text is as it must be.
    pub(crate) fn check(self, text: &str, path: Path) -> Result<(), InvalidInput> {
        refuse_nul(text, path)?;
        let fault = match text.trim().chars().count() {
            0 if self.min > 0 => Some(InputFault::Empty),
            length if length < self.min => Some(InputFault::TooShort { min: self.min }),
            _ if self.is_exceeded(text) => Some(InputFault::TooLong { max: self.max }),
            _ => None,
        };
        fault.map_or(Ok(()), |fault| Err(InvalidInput::new(path, fault)))
    }

    fn is_exceeded(self, text: &str) -> bool {
        exceeds(text, self.max) && (!self.redacted || exceeds(&shortened(text), self.max))
    }

    /// The text, if it is as it must be.
    pub(crate) fn of(self, text: Personal<String>, path: Path) -> Result<Personal<String>, InvalidInput> {
        self.check(&text, path)?;
        Ok(text)
    }

    /// The text, if there is one and it is as it must be; a blank one counts as none.
    pub(crate) fn of_optional(
        self,
        text: Option<Personal<String>>,
        path: Path,
    ) -> Result<Option<Personal<String>>, InvalidInput> {
        match text {
            Some(text) if is_blank(&text) => Ok(None),
            Some(text) => self.of(text, path).map(Some),
            None => Ok(None),
        }
    }
}

/// Nothing stands in it. A NUL is no blank: it is refused, not dropped.
pub(crate) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// PostgreSQL can't store it, and no person types it.
pub(crate) fn refuse_nul(text: &str, path: Path) -> Result<(), InvalidInput> {
    if text.contains('\0') { Err(InvalidInput::new(path, InputFault::Nul)) } else { Ok(()) }
}

/// Control characters, marks that change the reading order, and characters without width.
pub(crate) fn is_unseen(it: char) -> bool {
    (it.is_control() && !matches!(it, '\n' | '\t'))
        || matches!(it,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

fn exceeds(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().nth(max).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: Path = &["summary"];

    fn fault(length: Length, text: &str) -> Option<InputFault> {
        length.check(text, PATH).err().map(|invalid| invalid.fault)
    }

    #[test]
    fn lengths_are_counted_in_characters_and_blanks_around_do_not_lengthen() {
        let length = Length::between(5, 6);
        assert_eq!(fault(length, "äöüß€"), None);
        assert_eq!(fault(length, "äöüß€ü"), None);
        assert_eq!(fault(length, "äöüß€üx"), Some(InputFault::TooLong { max: 6 }));
        assert_eq!(fault(length, " abc "), Some(InputFault::TooShort { min: 5 }));
        assert_eq!(fault(length, " \u{a0}\n\t"), Some(InputFault::Empty));
        assert_eq!(fault(length, "abc\0de"), Some(InputFault::Nul));
    }

    #[test]
    fn a_placeholder_counts_as_one_character_where_secrets_were_replaced() {
        let (plain, redacted) = (Length::up_to(6), Length::up_to(6).redacted());
        let text = "pw=[REDACTED:password:0123abcd]";
        assert_eq!(fault(plain, text), Some(InputFault::TooLong { max: 6 }));
        assert_eq!(fault(redacted, text), None);
        assert_eq!(fault(redacted, &format!("{text}, ok")), Some(InputFault::TooLong { max: 6 }));
        assert_eq!(fault(redacted, "[REDACTED:password]"), Some(InputFault::TooLong { max: 6 }));
    }

    #[test]
    fn a_text_is_admitted_by_its_length_as_it_was_written() {
        let length = Length::between(5, 6).redacted();
        assert_eq!(length.admits("ü", PATH), Ok(()));
        assert_eq!(length.admits("äöüß€ü", PATH), Ok(()));
        assert_eq!(length.admits(&" ".repeat(7), PATH), Ok(()));
        let refusal = length.admits("[REDACTED:password:0123abcd]", PATH).unwrap_err().to_string();
        assert_eq!(refusal, "summary: at most 6 characters are taken.");
    }

    #[test]
    fn a_refusal_names_the_field_and_not_its_content() {
        let refusal = Length::up_to(3).check("hunter2", PATH).unwrap_err().to_string();
        assert_eq!(refusal, "summary: at most 3 characters are taken.");
    }
}
