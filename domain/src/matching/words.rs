//! Words as matching sees them: folded, cut at Unicode boundaries, lightly stemmed, without those that say nothing.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As it was written.
    pub surface: String,
    /// What is compared.
    pub stem: String,
}

/// The words of a text that say something, in order.
pub fn words(text: &str) -> Vec<Word> {
    all_words(text).filter(|word| !STOP_WORDS.contains(word.folded.as_str())).map(Folded::stemmed).collect()
}

/// The stems of a text, with `!` before those that a negation precedes: "does not print" is no "prints".
pub(crate) fn stems_with_negation(text: &str) -> Vec<String> {
    let spelled_out = text.replace("n't", " not").replace("n’t", " not").replace("annot", "an not");
    let mut reach = 0_u8;
    let mut stems = Vec::new();
    for word in all_words(&spelled_out) {
        if NEGATIONS.contains(&word.folded.as_str()) {
            stems.push(word.folded);
            reach = 2;
        } else if !STOP_WORDS.contains(word.folded.as_str()) || ANSWERS.contains(&word.folded.as_str()) {
            let negated = reach > 0;
            reach = reach.saturating_sub(1);
            let stem = stem(&word.folded);
            stems.push(if negated { format!("!{stem}") } else { stem });
        }
    }
    stems
}

/// A keyword of so many words is a sentence.
const SENTENCE: usize = 6;

/// Whether a keyword is what people say when they have the problem, rather than what it is called.
pub fn is_sentence(keyword: &str) -> bool {
    keyword.split_whitespace().nth(SENTENCE - 1).is_some()
}

/// Lower case, without accents, `ß` as `ss`: how texts are compared.
pub(crate) fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .flat_map(|c| if c == 'ß' { ['s', 's'].into_iter().take(2) } else { [c, c].into_iter().take(1) })
        .collect()
}

struct Folded {
    surface: String,
    folded: String,
}

impl Folded {
    fn stemmed(self) -> Word {
        Word { stem: stem(&self.folded), surface: self.surface }
    }
}

fn all_words(text: &str) -> impl Iterator<Item = Folded> {
    // A point stays within "169.254" and "5.7.1", and ends a word elsewhere.
    text.split(|c: char| !c.is_alphanumeric() && c != '.')
        .flat_map(|piece| {
            let code = piece.trim_matches('.');
            let keep_points = code.chars().all(|c| c.is_ascii_digit() || c == '.');
            if keep_points { vec![code] } else { code.split('.').collect() }
        })
        .filter(|word| word.chars().nth(1).is_some())
        .map(|word| Folded { folded: fold(word), surface: word.to_owned() })
}

/// Endings of English and German, longest first, with what stands in their place.
const ENDINGS: [(&str, &str); 11] = [
    ("ungen", ""),
    ("ings", ""),
    ("ung", ""),
    ("ing", ""),
    ("ies", "y"),
    ("ied", "y"),
    ("ed", ""),
    ("es", ""),
    ("en", ""),
    ("s", ""),
    ("e", ""),
];

/// Takes a usual ending off, so that "locked", "locks" and "locking" are one word. Codes stay as they are.
fn stem(word: &str) -> String {
    if word.chars().any(|c| c.is_ascii_digit()) || word.ends_with("ss") {
        return word.to_owned();
    }
    for (ending, instead) in ENDINGS {
        let Some(rest) = word.strip_suffix(ending) else { continue };
        let least = if ending == "s" || ending == "ies" { 3 } else { 4 };
        if rest.chars().count() < least {
            continue;
        }
        let rest = if matches!(ending, "ing" | "ings" | "ed") { undouble(rest) } else { rest };
        return format!("{rest}{instead}");
    }
    word.to_owned()
}

/// "dropp" of "dropping" is "drop".
fn undouble(word: &str) -> &str {
    let mut last = word.char_indices().rev();
    match (last.next(), last.next()) {
        (Some((at, a)), Some((_, b))) if a == b && !"aeiouls".contains(a) && at >= 4 => &word[..at],
        (Some((at, a)), Some((_, b))) if a == b && !"aeiouls".contains(a) && at == 3 => &word[..at],
        _ => word,
    }
}

const NEGATIONS: [&str; 10] =
    ["no", "not", "never", "none", "without", "kein", "keine", "keinen", "nicht", "nie"];

/// Words that say nothing about a problem, but much as an answer.
const ANSWERS: [&str; 8] = ["yes", "ja", "nein", "one", "all", "only", "nothing", "more"];

static STOP_WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    "a about after again ago all also always am an and any anymore are as ask asked asks at be because been before being both but by \
     call called came can cannot come comes could customer customers day days did do does doesn doing don done each else even ever \
     every for from get gets getting give go goes going got had has have he hello help her here hers hi him his how however i if in \
     into is isn issue issues it its just keep keeps kind know last left let like look looks made make makes many may maybe me minute \
     minutes more morning most much my need needs never new no none not nothing now of off on once one only open or other our out \
     over own people person please problem problems right said same say says see seem seems sees she should show shows since so some \
     somebody someone something started still such take takes tell than thank thanks that the their them then there these they \
     thing things think this those time times to today told too tried try trying two until up us use used user users using very want \
     wants was we week weeks well went were what when where which while who whole why will with within without work worked working \
     works would year yes yesterday yet you your different hour hours anyone everyone everything whether back first \
     aber alle allem allen aller als also am an auch auf aus bei beim bin bis bitte da danach dann das dass dem den der des die \
     dies diese dieser doch dort durch ein eine einem einen einer eines er es etwas fur gar geht ganz gestern habe haben hallo hat \
     hatte heute hier ich ihm ihn ihr im immer in ins ist ja jetzt kann kein keine keinen kommt konnen konnte kunde man mehr mein \
     mit mehrere morgen muss nach nein nicht nichts nie noch nun nur ob oder ohne problem schon sehr seit sich sie sind so uber um und uns \
     unser unter vom von vor war warum was weil wenn wer werden wie wieder wir wird wo wurde zu zum zur"
        .split_whitespace()
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.stem).collect()
    }

    #[test]
    fn forms_of_a_word_share_a_stem() {
        assert_eq!(stems("locked locks LOCKING"), ["lock", "lock", "lock"]);
        assert_eq!(stems("drops dropping dropped"), ["drop", "drop", "drop"]);
        assert_eq!(stems("policies policy"), ["policy", "policy"]);
        assert_eq!(stems("Drucken drucke"), ["druck", "druck"]);
        assert_eq!(stems("bounces bounce"), ["bounc", "bounc"]);
    }

    #[test]
    fn codes_and_addresses_stay_whole() {
        assert_eq!(
            stems("0x80070643, 550 5.7.1. 169.254.3.9 srv01.corp.local"),
            ["0x80070643", "550", "5.7.1", "169.254.3.9", "srv01", "corp", "local"]
        );
    }

    #[test]
    fn accents_and_case_do_not_matter_and_empty_words_are_left_out() {
        assert_eq!(stems("Das Passwort für die Außenstelle"), stems("PASSWORT AUSSENSTELLE"));
    }

    #[test]
    fn a_negation_turns_the_words_after_it() {
        assert_eq!(stems_with_negation("It does not print"), ["not", "!print"]);
        assert_eq!(stems_with_negation("doesn't print"), stems_with_negation("does not print"));
        assert_eq!(stems_with_negation("yes, it prints"), ["yes", "print"]);
    }
}
