//! The words that sessions are found by. Texts and searches are taken apart here, by the same rule, and not by PostgreSQL,
//! whose parser keeps addresses and host names whole and lower-cases by the database's locale.

use std::collections::BTreeSet;

/// Most words of a search.
const MOST_WORDS: usize = 16;
/// Longer words are cut, in bytes; PostgreSQL takes up to 2046.
const LONGEST_WORD: usize = 200;

/// The words of these texts, each once, with a space between two.
pub(super) fn words<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let words: BTreeSet<String> = texts.flat_map(split).collect();
    words.into_iter().collect::<Vec<_>>().join(" ")
}

/// Every word, as the beginning of a word, all of them, in PostgreSQL's words: `lock out` finds `locked … Outlook`. None
/// without any word.
pub(super) fn query(search: &str) -> Option<String> {
    let words: Vec<String> = split(search).take(MOST_WORDS).map(|word| format!("'{word}':*")).collect();
    (!words.is_empty()).then(|| words.join(" & "))
}

/// At most so many bytes of a text, cut at a character.
pub(super) fn head(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

/// Letters and digits that stand together are a word; nothing else gets through, so that nothing of it is syntax.
fn split(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| head(word, LONGEST_WORD).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_finds_beginnings_of_all_its_words_and_nothing_of_it_is_syntax() {
        assert_eq!(query("locked  out!").as_deref(), Some("'locked':* & 'out':*"));
        assert_eq!(query("a' | b\\ & !(c)").as_deref(), Some("'a':* & 'b':* & 'c':*"));
        assert_eq!(query(" :*& "), None);
    }

    #[test]
    fn words_are_kept_once_in_lower_case_and_of_bearable_length() {
        assert_eq!(
            words(["Über NB-0417", "dc01.contoso.local \0 über"].into_iter()),
            "0417 contoso dc01 local nb über"
        );
        assert_eq!(words(["ä".repeat(5000).as_str()].into_iter()).len(), LONGEST_WORD);
        assert_eq!(words(["", " - "].into_iter()), "");
    }
}
