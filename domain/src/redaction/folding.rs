//! The view of a text that rules search: disguises removed, every byte still tied to the place it came from.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

/// Stands for each byte of a placeholder that the text already holds, so that no rule reads one as a label or a value.
/// Folding drops control characters, so no text can forge it.
pub(super) const SEALED: char = '\u{1}';

/// What stands in the place of a secret.
pub(super) static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\[REDACTED:[a-z_]{2,24}:[0-9a-f]{8}\]").expect("invariant: the placeholder pattern compiles")
});

/// A text made plain for searching: full-width and styled letters as ASCII, look-alike quotes, dashes and spaces as the
/// plain ones, invisible characters and terminal colours gone.
pub(super) struct Folded<'a> {
    original: &'a str,
    text: String,
    /// For each byte of `text`, where its character starts in the original; none when both are the same bytes.
    origins: Option<Vec<usize>>,
}

impl<'a> Folded<'a> {
    pub(super) fn new(original: &'a str) -> Self {
        let plain = original.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r'));
        let mut folded = if plain {
            Self { original, text: original.to_owned(), origins: None }
        } else {
            Self::translate(original)
        };
        folded.seal_placeholders();
        folded
    }

    /// What the rules search.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original behind a range of the folded text.
    pub(super) fn origin(&self, range: &Range<usize>) -> Range<usize> {
        let Some(origins) = &self.origins else { return range.clone() };
        let start = origins.get(range.start).copied().unwrap_or(self.original.len());
        let last = range.end.checked_sub(1).and_then(|index| origins.get(index)).copied();
        let end = last.map_or(start, |at| at + self.original[at..].chars().next().map_or(0, char::len_utf8));
        start..end.max(start)
    }

    fn translate(original: &'a str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut origins = Vec::with_capacity(original.len());
        let mut colour = Colour::Outside;
        for (at, character) in original.char_indices() {
            colour = colour.next(character);
            if colour != Colour::Outside || is_invisible(character) {
                continue;
            }
            let before = text.len();
            push_plain(&mut text, character);
            origins.resize(origins.len() + text.len() - before, at);
        }
        Self { original, text, origins: Some(origins) }
    }

    fn seal_placeholders(&mut self) {
        if !self.text.contains("[REDACTED:") {
            return;
        }
        let seal = |found: &regex::Captures<'_>| SEALED.to_string().repeat(found[0].len());
        self.text = PLACEHOLDER.replace_all(&self.text, seal).into_owned();
    }
}

/// Where in a terminal escape sequence (`ESC [ 3 1 m`) a character stands.
#[derive(PartialEq, Clone, Copy)]
enum Colour {
    Outside,
    Escape,
    Parameters,
    Last,
}

impl Colour {
    fn next(self, character: char) -> Self {
        match (self, character) {
            (_, '\u{1b}') => Self::Escape,
            (Self::Escape, '[') | (Self::Parameters, '0'..='9' | ';' | '?') => Self::Parameters,
            (Self::Parameters, '@'..='~') => Self::Last,
            _ => Self::Outside,
        }
    }
}

fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn push_plain(text: &mut String, character: char) {
    match character {
        '\u{0}'..='\u{7e}' => text.push(character),
        '\u{85}' | '\u{2028}' | '\u{2029}' => text.push('\n'),
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '＂' => text.push('"'),
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' | '＇' => text.push('\''),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' | '\u{fe58}' | '\u{fe63}' => text.push('-'),
        '\u{2236}' | '\u{a789}' | '\u{fe55}' | '\u{ff1a}' | '\u{2d0}' => text.push(':'),
        // Leads know umlauts in small letters only.
        'Ä' => text.push('ä'),
        'Ö' => text.push('ö'),
        'Ü' => text.push('ü'),
        '→' | '⇒' | '➜' => text.push_str("->"),
        // Decomposed umlauts: the base letter has gone out already, so compose by hand.
        '\u{308}' => compose_umlaut(text),
        _ if character.is_whitespace() => text.push(' '),
        _ => match latin_twin(character) {
            Some(twin) => text.push(twin),
            None => text.extend(std::iter::once(character).nfkc().filter(|piece| !is_invisible(*piece))),
        },
    }
}

fn compose_umlaut(text: &mut String) {
    let composed = match text.chars().last() {
        Some('a' | 'A') => 'ä',
        Some('o' | 'O') => 'ö',
        Some('u' | 'U') => 'ü',
        _ => return text.push('\u{308}'),
    };
    text.pop();
    text.push(composed);
}

/// Cyrillic and Greek letters that are drawn like Latin ones.
fn latin_twin(character: char) -> Option<char> {
    const TWINS: &str = "аaеeоoрpсcхxуyіiѕsԁdкkтtмmвbнhАAЕEОOРPСCХXУYІIЅSКKТTМMВBНHοoαaΡPΑAΕEΟOΚKΤT";
    if !('\u{370}'..='\u{52f}').contains(&character) {
        return None;
    }
    let mut letters = TWINS.chars();
    while let (Some(letter), Some(twin)) = (letters.next(), letters.next()) {
        if letter == character {
            return Some(twin);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguised_letters_fold_to_plain_ones() {
        assert_eq!(Folded::new("ｐａｓｓｗｏｒｄ： x").text(), "password: x");
        assert_eq!(Folded::new("pass\u{200b}wo\u{ad}rd\u{a0}= x").text(), "password = x");
        assert_eq!(Folded::new("\u{1b}[31mpassword\u{1b}[0m=x").text(), "password=x");
        assert_eq!(Folded::new("p\0w\0d\0").text(), "pwd");
        assert_eq!(Folded::new("Schlu\u{308}ssel").text(), "Schlüssel");
    }

    #[test]
    fn a_range_leads_back_to_the_original_bytes() {
        let original = "ä\u{200b}ｐｗ= Ｘ1\u{200b}!";
        let folded = Folded::new(original);
        let at = folded.text().find("X1!").unwrap();
        assert_eq!(&original[folded.origin(&(at..at + 3))], "Ｘ1\u{200b}!");
    }

    #[test]
    fn placeholders_are_sealed() {
        let folded = Folded::new("a [REDACTED:password:0123abcd] b");
        assert!(!folded.text().contains("password"));
        assert_eq!(folded.text().len(), "a [REDACTED:password:0123abcd] b".len());
    }
}
