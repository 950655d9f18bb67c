//! Reads a text the way it was meant: lines broken in the middle of a sentence joined, greetings and the like taken off,
//! then cut into sentences and clauses.

use std::sync::LazyLock;

use regex::Regex;

/// A line at least this long was broken by the width of a window, not by its writer.
const WRAPPED: usize = 45;
/// A clause of more words is cut at a conjunction, if it has one.
const MOST_WORDS: usize = 12;
/// A piece of fewer words belongs to what stands beside it.
const FEWEST_WORDS: usize = 4;

/// The sentences of a text in order, each on one line.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for paragraph in paragraphs(text) {
        let mut sentence: Vec<&str> = Vec::new();
        for word in paragraph.split_whitespace() {
            sentence.push(word);
            if ends_sentence(word) {
                found.push(sentence.join(" "));
                sentence.clear();
            }
        }
        found.push(sentence.join(" "));
    }
    found.iter().map(|sentence| without_opening(sentence).to_owned()).filter(|it| !it.is_empty()).collect()
}

/// The pieces of a sentence that can stand alone, quotations whole, remarks in brackets left out.
pub(super) fn clauses(sentence: &str) -> Vec<String> {
    let sentence = without_asides(sentence);
    let pieces = split(&sentence, ends_clause).into_iter().map(|piece| piece.trim_matches(SIGNS).to_owned());
    let pieces: Vec<String> = pieces.filter(|piece| !piece.is_empty()).collect();
    let pieces = together(&pieces, ", ", MOST_WORDS);
    pieces.iter().flat_map(|piece| shortened(trimmed(piece))).collect()
}

/// A sentence cut where a clause ends, as long as the limit allows; none if there is no such place after a third of it.
pub(super) fn cut_at_clause(sentence: &str, limit: usize) -> Option<&str> {
    let (mut main, mut minor) = (None, None);
    for (at, before) in words_with_places(sentence) {
        let cut = sentence[..at].trim_end_matches(SIGNS);
        if cut.chars().count() > limit {
            break;
        }
        let word = sentence[at..].split(' ').next().unwrap_or_default();
        let stop = before.is_some_and(|word| word.ends_with([',', ';', ':', '-', '–']));
        let quoted = sentence[..at].matches('"').count() % 2 == 1;
        if quoted || before.is_some_and(is_conjunction) || cut.chars().count() * 3 < limit {
            continue;
        }
        if stop || joins_clauses(word) {
            main = Some(cut);
        } else if is_conjunction(word) {
            minor = Some(cut);
        }
    }
    // "It does not matter | which" is a poor place, taken only when the other would leave too little.
    main.filter(|cut| cut.chars().count() * 2 >= limit).or(minor).or(main)
}

/// How many words a piece has.
pub(super) fn word_count(piece: &str) -> usize {
    piece.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

/// Lines joined where a window's width broke them; what its writer set apart stays apart.
fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut last_line = "";
    for line in text.lines().map(str::trim) {
        let goes_on = last_line.chars().count() >= WRAPPED || line.starts_with(char::is_lowercase);
        match paragraphs.last_mut() {
            Some(paragraph)
                if !last_line.is_empty() && !line.is_empty() && goes_on && !OPENS_LINE.is_match(line) =>
            {
                paragraph.push(' ');
                paragraph.push_str(line);
            }
            _ => paragraphs.push(line.to_owned()),
        }
        last_line = line;
    }
    paragraphs
}

/// A list's item, a chat's or a log's new line.
static OPENS_LINE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:[-*•>#]\s|\d{1,2}[.)]\s|\[|<|\d{1,2}:\d{2}|\d{4}-\d{2}-\d{2})"));

fn ends_sentence(word: &str) -> bool {
    let bare = word.trim_end_matches(['"', '\'', ')', ']', '”', '“', '’', '»']);
    if bare.ends_with(['!', '?']) {
        return true;
    }
    let Some(before) = bare.strip_suffix('.') else { return false };
    let before = before.trim_start_matches(['(', '"', '\'', '„', '“']);
    let ordinal = !before.is_empty() && before.len() <= 2 && before.bytes().all(|byte| byte.is_ascii_digit());
    let date = before.contains('.') && before.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let dots = before.ends_with('.') && before.trim_matches('.').is_empty();
    !(ordinal || date || dots || is_abbreviation(before))
}

fn is_abbreviation(word: &str) -> bool {
    const KNOWN: [&str; 27] = [
        "mr", "mrs", "ms", "dr", "prof", "hr", "fr", "st", "ca", "approx", "etc", "nr", "no", "vs", "incl",
        "inkl", "bzw", "evtl", "ggf", "usw", "tel", "str", "max", "min", "mfg", "lt", "abt",
    ];
    let word = word.to_lowercase();
    // "e.g", "z.B", initials.
    KNOWN.contains(&word.as_str())
        || word.chars().count() == 1 && word.chars().all(char::is_alphabetic)
        || word.split('.').count() > 1 && word.split('.').all(|part| part.chars().count() == 1)
}

/// Without what a message, a chat line or an urgent cry opens with.
fn without_opening(sentence: &str) -> &str {
    let mut rest = sentence.trim();
    for _ in 0..4 {
        let Some(opening) = OPENING.find(rest).filter(|found| !found.is_empty()) else { break };
        rest = rest[opening.end()..].trim_start();
    }
    rest
}

static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    let openings = [
        // "Hi all,", "Guten Morgen, ", "Dear Mr Smith,"
        r"(?i:hi|hello|hallo|hey|moin|servus|morning|good (?:morning|afternoon|evening|day)|guten (?:morgen|tag|abend)|gr(?:ü|ue)(?:ß|ss)e? (?:gott|dich|euch)|dear|liebe[rs]?|sehr geehrte[rs]?)(?:\s+(?i:all|team|there|together|zusammen|everyone|folks|colleagues|support|helpdesk|kolleg\w+|(?:mr|mrs|ms|herr|frau|damen und herren)\b\.?(?:\s+[\w-]+)?)|\s+\p{Lu}\p{Ll}+(?:\s+\p{Lu}\p{Ll}+)?)?\s*(?:[,.!:;–-]+\s*|$)",
        r"(?i:hi|hello|hallo|hey|moin)\b\s+",
        r"(?i:urgent|dringend|wichtig|important|asap|achtung|attention|help|hilfe)\s*[:!,–-]+\s*",
        // "[Chat]", "09:12 Petra: ", "2024-01-01 10:00 "
        r"\[\w[\w ]{0,20}\]\s*",
        r"\[?(?:\d{4}-\d{2}-\d{2}[ T])?\d{1,2}:\d{2}(?::\d{2})?\]?\s+(?:[\p{L}.]{1,20}:\s+)?",
        r"[-*•>#]+\s+",
    ];
    pattern(&format!("^(?:{})", openings.join("|")))
});

/// Remarks in brackets interrupt; those that tell an error code stay.
fn without_asides(sentence: &str) -> String {
    static ASIDE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s*\(([^()]*)\)"));
    let kept = |found: &regex::Captures<'_>| {
        if super::telling::has_code(&found[1]) { found[0].to_owned() } else { String::new() }
    };
    ASIDE.replace_all(sentence, kept).into_owned()
}

/// Cuts before words that begin a piece; never inside a quotation.
fn split(sentence: &str, begins: fn(Option<&str>, &str) -> bool) -> Vec<String> {
    let mut pieces: Vec<Vec<&str>> = vec![Vec::new()];
    let mut quoted = false;
    let mut before = None;
    for word in sentence.split_whitespace() {
        if !quoted && before.is_some() && begins(before, word) {
            pieces.push(Vec::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(word);
        }
        quoted ^= word.matches(['"', '“', '”', '„']).count() % 2 == 1;
        before = Some(word);
    }
    pieces.iter().map(|piece| piece.join(" ")).collect()
}

fn ends_clause(before: Option<&str>, word: &str) -> bool {
    before.is_some_and(|before| before.ends_with([',', ';', ':', '…']))
        || matches!(word, "-" | "–" | "—" | "...")
        || matches!(word, "but" | "aber" | "however" | "jedoch" | "sondern")
}

/// A long piece in parts that can stand alone; what has no such part is cut at the limit.
fn shortened(piece: &str) -> Vec<String> {
    if word_count(piece) <= MOST_WORDS {
        return vec![piece.to_owned()];
    }
    let parts = split(piece, |before, word| is_conjunction(word) && !before.is_some_and(is_conjunction));
    together(&parts, " ", MOST_WORDS + 1).iter().map(|part| quotation_or_beginning(trimmed(part))).collect()
}

/// Of a part that is still too long, the message that it quotes, or else its first words.
fn quotation_or_beginning(part: &str) -> String {
    let quoted =
        part.split('"').skip(1).step_by(2).find(|quoted| (4..=MOST_WORDS).contains(&word_count(quoted)));
    match quoted.filter(|_| word_count(part) > MOST_WORDS) {
        Some(quoted) => trimmed(quoted).to_owned(),
        None => cut_at_words(part, MOST_WORDS),
    }
}

/// The first so many words, ending with a stop if there is one on the way.
pub(super) fn cut_at_words(piece: &str, most: usize) -> String {
    if word_count(piece) <= most {
        return piece.to_owned();
    }
    let mut kept: Vec<&str> = Vec::new();
    for word in piece.split_whitespace() {
        if word_count(&kept.join(" ")) == most {
            break;
        }
        kept.push(word);
    }
    let stop = kept.iter().rposition(|word| word.ends_with([',', ';', ':', '.', '…'])).filter(|at| *at >= 5);
    let mut cut = kept[..stop.map_or(kept.len(), |at| at + 1)].join(" ").trim_end_matches(SIGNS).to_owned();
    if stop.is_none() {
        cut.push('…');
    }
    if cut.matches('"').count() % 2 == 1 {
        cut.push('"');
    }
    cut
}

/// Joins pieces that are too short by themselves with their neighbours, as long as few enough words come together.
fn together(pieces: &[String], between: &str, most: usize) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for piece in pieces {
        match joined.last_mut() {
            Some(last)
                if (word_count(last) < FEWEST_WORDS || word_count(piece) < FEWEST_WORDS)
                    && word_count(last) + word_count(piece) <= most =>
            {
                last.push_str(between);
                last.push_str(piece);
            }
            _ => joined.push(piece.clone()),
        }
    }
    joined
}

fn is_conjunction(word: &str) -> bool {
    joins_clauses(word)
        || matches!(
            word,
            "or" | "which"
                | "that"
                | "so"
                | "where"
                | "if"
                | "with"
                | "before"
                | "since"
                | "although"
                | "oder"
                | "wenn"
                | "dass"
                | "bevor"
                | "seit"
                | "seitdem"
                | "obwohl"
        )
}

/// Before these, a main clause ends.
fn joins_clauses(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "but"
            | "because"
            | "when"
            | "whenever"
            | "while"
            | "after"
            | "und"
            | "aber"
            | "weil"
            | "während"
            | "nachdem"
    )
}

const SIGNS: [char; 13] = [' ', ',', ';', ':', '.', '!', '?', '-', '–', '—', '*', '/', '|'];

/// Without signs around it and without the word that only joined it to what stood before.
fn trimmed(piece: &str) -> &str {
    const JOINING: [&str; 22] = [
        "and ",
        "but ",
        "or ",
        "so ",
        "then ",
        "also ",
        "because ",
        "with ",
        "that ",
        "which ",
        "where ",
        "und ",
        "aber ",
        "oder ",
        "dann ",
        "auch ",
        "weil ",
        "dass ",
        "sondern ",
        "however ",
        "jedoch ",
        "it's only ",
    ];
    let mut rest = piece.trim_matches(SIGNS);
    while let Some(joining) = JOINING
        .iter()
        .find(|joining| rest.get(..joining.len()).is_some_and(|it| it.eq_ignore_ascii_case(joining)))
    {
        rest = rest[joining.len()..].trim_start_matches(SIGNS);
    }
    let inside = rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.filter(|inside| !inside.contains('"')).unwrap_or(rest)
}

fn words_with_places(sentence: &str) -> impl Iterator<Item = (usize, Option<&str>)> {
    let starts = std::iter::once(0).chain(sentence.match_indices(' ').map(|(at, _)| at + 1));
    starts.map(|at| (at, sentence[..at].split_whitespace().next_back()))
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("invariant: the patterns of openings and asides are valid expressions")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_line_is_no_end_of_a_sentence_but_a_short_line_is() {
        let broken =
            "She opens a folder on the file server and is out with \"the\nreferenced account is locked\".";
        assert_eq!(
            sentences(broken),
            ["She opens a folder on the file server and is out with \"the referenced account is locked\"."]
        );
        assert_eq!(sentences("Printer offline\nError 0x0000011b"), ["Printer offline", "Error 0x0000011b"]);
        let listed = "These two things were seen on the terminal server today:\n- it hangs\n- it beeps";
        assert_eq!(sentences(listed)[1..], ["it hangs", "it beeps"]);
    }

    #[test]
    fn abbreviations_dates_and_names_end_no_sentence() {
        let told = "New pc of Mr. Haddad, e.g. the 3. from 16.04. on srv01.corp.local. It hangs! Why?";
        assert_eq!(
            sentences(told),
            ["New pc of Mr. Haddad, e.g. the 3. from 16.04. on srv01.corp.local.", "It hangs!", "Why?"]
        );
    }

    #[test]
    fn greetings_and_what_chats_begin_their_lines_with_are_taken_off() {
        for (told, rest) in [
            ("Hi all,\nit hangs", "it hangs"),
            ("Guten Morgen, Outlook hängt", "Outlook hängt"),
            ("Sehr geehrte Damen und Herren, es hängt", "es hängt"),
            ("hi, PC hangs", "PC hangs"),
            ("Hello Outlook hangs", "Outlook hangs"),
            ("Dear Mr. Smith, it hangs", "it hangs"),
            ("09:12 Petra: hallo, mein Outlook hängt", "mein Outlook hängt"),
            ("URGENT: it hangs", "it hangs"),
            ("Highlights are wrong", "Highlights are wrong"),
        ] {
            assert_eq!(sentences(told), [rest], "{told}");
        }
    }

    #[test]
    fn clauses_end_at_commas_and_short_pieces_stay_together() {
        assert_eq!(clauses("no light, no fan, nothing."), ["no light, no fan, nothing"]);
        assert_eq!(
            clauses("The other updates (of May) are installed, but this one fails each time"),
            ["The other updates are installed", "this one fails each time"]
        );
        assert_eq!(
            clauses("He says \"stop, it fails, now\" again"),
            ["He says \"stop, it fails, now\" again"]
        );
    }

    #[test]
    fn a_long_clause_is_cut_at_its_conjunctions_and_at_twelve_words() {
        let long = "the next time she opens a folder on the file server she is out again with \"the account is locked\"";
        assert_eq!(
            clauses(long),
            ["the next time she opens a folder on the file server she…", "the account is locked"]
        );
    }
}
