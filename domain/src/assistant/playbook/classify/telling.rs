//! How much a piece of text tells of what is wrong: words of failure, of onset and of repetition, and error codes.

use std::sync::LazyLock;

use regex::Regex;

use super::phrases::Phrases;

/// From this weight on, something is wrong.
pub(super) const FAULT: i32 = 2;
const CODE_WEIGHT: i32 = 2;

static WEIGHTS: LazyLock<Phrases<i32>> = LazyLock::new(|| {
    Phrases::new(&[
        (
            3,
            "error*|fehler*|fail*|fehlgeschlagen|schlagt fehl|crash*|sturzt*|abgesturzt|bluescreen*|blue screen| \
             black screen|locked out|is locked|locked again|keeps locking|getting locked|lockout*|gesperrt*|bounce*| \
             undeliverable|unzustellbar*|unreachable|not reachable|nicht erreichbar|encrypt*|verschlusselt*|dead| \
             denied|refuse*|expired|abgelaufen|corrupt*|timed out|times out|timeout|zeituberschreitung|no internet| \
             kein internet|no power|no light|no sound|no ip|no address|not found|nicht gefunden|asks for the password| \
             need password|fragt nach|loses|keeps asking|ransom*|readme in every|decryptor|invalid|abnormal*|rejected| \
             did not pass|unauthenticated|not recognized|trust relationship|no proposal chosen|mismatch|hacked|gehackt| \
             no signal|nobody can|no one can|niemand kann|keiner kann|defekt|kaputt|strange mails|strange mail",
        ),
        (
            2,
            "cannot|cant|can not|could not|couldnt|unable|wont|will not|doesnt|does not|do not|dont|did not|didnt| \
             isnt|not work*|geht nicht|gehen nicht|funktioniert nicht|funktionieren nicht|nicht mehr|kein*|slow*| \
             langsam*|hang*|hung|freez*|stuck|drop|drops|dropped|dropping|disconnect*|lost|lose|missing|fehlt|fehlen| \
             offline|down|ausgefallen|ausfall|full|voll|broken|paused|prompt*|asks for|pops up|popping up|fragt| \
             dauert|junk|spam|wrong|falsch*|strange|suspicious|verdachtig*|flicker*|flackert|blink*|beep*|piept| \
             renamed|restarts|rebooting|startet neu|stops|stopped|no longer|empty|leer|duplicate|doppelt|degraded| \
             warning|alert*|jumps|hangt|waits|white window|never show up|one way|no more space| \
             comes back|undoing|rolls back|remaining|verliert|bricht ab|abgebrochen|reagiert nicht|does it again| \
             kommen nicht|kommt nicht|druckt nicht|startet nicht|ladt nicht|offnet nicht|klappt nicht|changed bank details|happens about|happens every|zero free|0 b free|gone|verschwunden|disappear*",
        ),
        (
            1,
            "again|erneut|wieder|every|each|jede*|standig|dauernd|immer|since|seit|keeps|says|sagt|shows|zeigt|nothing| \
             nicht|not|none|no|but|aber|today|this morning|heute|yesterday|gestern|overnight|suddenly|plotzlich| \
             customers phoned|complain*|beschwer*|only|started|began|happens|passiert|wartet|somebody else|instead",
        ),
        (
            -2,
            "does not matter|doesnt matter|spielt keine rolle|no problem|kein problem|no change|keine anderung| \
             not touched|nobody touched|thanks|thank you|danke|sorry|is fine|are fine|all fine|all good|is right|should i|sollen wir| \
             soll ich|i know|for you to test|does work|mail works|have no idea|keine ahnung|no rush|not urgent|nicht dringend| \
             regards|grusse|mfg|nobody else",
        ),
    ])
});

static CODE: LazyLock<Regex> = LazyLock::new(|| {
    let codes = [
        r"\b0[xX][0-9A-Fa-f]{4,8}\b",
        r"\bAADSTS\d{4,7}\b",
        r"\b[Ee]vent(?:[ -]?ID)?:?\s+\d{3,5}\b",
        r"\b[45]\d\d[ -]\d\.\d{1,3}\.\d{1,3}\b",
        r"\b5\.\d\.\d{1,3}\b",
        r"\b[A-Z][A-Z0-9]{2,}(?:_[A-Z0-9]{2,})+\b",
        r"\bKB\d{6,7}\b",
        r"\b169\.254(?:\.\w{1,9}){0,2}",
    ];
    Regex::new(&codes.join("|")).expect("invariant: the pattern of codes is a valid expression")
});

/// How much a piece tells; below [`FAULT`] it may be anything.
pub(super) fn weight(piece: &str) -> i32 {
    let code = if has_code(piece) { CODE_WEIGHT } else { 0 };
    WEIGHTS.found(piece).into_iter().sum::<i32>() + code
}

/// Whether something is wrong by a word or a code alone, not only by when and how often it happens.
pub(super) fn is_fault(piece: &str) -> bool {
    weight(piece) >= FAULT && (has_code(piece) || WEIGHTS.found(piece).iter().any(|weight| *weight >= FAULT))
}

/// Whether it holds an error code, an event id and the like.
pub(super) fn has_code(piece: &str) -> bool {
    CODE.is_match(piece)
}

/// The codes in a text in order, each with the word that says what it is: "error 0x80070643".
pub(super) fn codes(text: &str) -> Vec<String> {
    let labelled = |found: regex::Match<'_>| {
        let code = found.as_str().split_whitespace().collect::<Vec<_>>().join(" ").replace(": ", " ");
        let before = text[..found.start()].trim_end_matches([' ', ':', '=', '(', '"']);
        let label = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
        let says = ["error", "fehler", "code", "hr", "status", "fehlercode", "errorcode"];
        let adjacent = found.start() - before.len() <= 3 && !before.ends_with('\n');
        if adjacent && says.contains(&label.to_lowercase().as_str()) && label.len() > 2 {
            format!("{label} {code}")
        } else {
            code
        }
    };
    CODE.find_iter(text).map(labelled).collect()
}

/// The code alone, for finding it in what was told already.
pub(super) fn bare_code(labelled: &str) -> &str {
    CODE.find(labelled).map_or(labelled, |found| found.as_str())
}
