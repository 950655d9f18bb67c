//! Key symptoms: what was observed, in the words of the intake.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::phrases::Phrases;
use crate::matching::words::fold;

/// Most symptoms of a classification.
const MOST: usize = 5;
/// Longest symptom, in characters.
const LONGEST: usize = 120;
/// Shorter pieces say nothing by themselves.
const SHORTEST: usize = 6;

static OBSERVED: LazyLock<Phrases<()>> = LazyLock::new(|| {
    Phrases::new(&[(
        (),
        "lock*|keep*|fail*|error*|crash*|slow|hang*|hung|freez*|stuck|drop*|disconnect*|cannot| \
             cant|can not|could not|couldnt|unable|not work*|doesnt|does not|dont|do not|wont| \
             will not|isnt|is not|no longer|stop*|reject*|refus*|denied|expired|missing|lost|loses| \
             bounce*|junk|spam|timeout|times out|timed out|time out|offline|down|dead|full|broken| \
             corrupt*|encrypt*|renamed|reset*|flicker*|blink*|beep*|black screen|blue screen|no ip| \
             no internet|no power|no light|no sound|no connection|nothing|again|unreachable|not found| \
             prompt*|asks for|pops up|popping up|warning|alert*|strange|suspicious|paused|wrong|jumps| \
             empty|undeliverable|duplicate|degraded|restart*|reboot*|says|shows|gesperrt|sperr*| \
             langsam*|fehler*|geht nicht|gehen nicht|funktioniert nicht|kein*|nicht|sturzt*|hangt| \
             abgelaufen|verschlusselt|dauert|fragt|ausgefallen|schlagt fehl|fehlgeschlagen|voll",
    )])
});

static CODE: LazyLock<Regex> = LazyLock::new(|| {
    let codes = [
        r"\b0x[0-9A-Fa-f]{4,8}\b",
        r"\bAADSTS\d{4,7}\b",
        r"\b[Ee]vent(?: ?ID)? \d{3,5}\b",
        r"\b[45]\d\d[ -]\d\.\d{1,3}\.\d{1,3}\b",
        r"\b5\.\d\.\d{1,3}\b",
        r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b",
        r"\bKB\d{6,7}\b",
        r"\b169\.254(?:\.\d{1,3}){0,2}\b",
    ];
    Regex::new(&codes.join("|")).expect("invariant: the pattern of codes is a valid expression")
});

/// At most five, in the order told; codes that no clause holds come last.
pub(super) fn of(told: &str) -> Vec<String> {
    let mut symptoms: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for clause in clauses(told) {
        let telling = CODE.is_match(clause) || !OBSERVED.found(clause).is_empty();
        if telling && symptoms.len() < MOST && known.insert(fold(clause)) {
            symptoms.push(cut(clause));
        }
    }
    for code in CODE.find_iter(told).map(|code| code.as_str()) {
        let said = symptoms.iter().any(|symptom| symptom.contains(code));
        if symptoms.len() < MOST && !said {
            symptoms.push(code.to_owned());
        }
    }
    symptoms
}

/// A text's pieces between full stops, commas and the like. A point within a number or a name ends nothing.
fn clauses(told: &str) -> impl Iterator<Item = &str> {
    static END: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[.!?;,]+(?:\s+|$)|\n+|\s+(?:but|and|aber|und)\s+|\s+[-–]\s+")
            .expect("invariant: the pattern of clause ends is a valid expression")
    });
    END.split(told).map(str::trim).filter(|clause| clause.chars().count() >= SHORTEST)
}

fn cut(clause: &str) -> String {
    let words: Vec<&str> = clause.split_whitespace().collect();
    let clause = words.join(" ");
    if clause.chars().count() <= LONGEST {
        return clause;
    }
    let cut: String = clause.chars().take(LONGEST - 1).collect();
    let at = cut.rfind(' ').filter(|at| *at > cut.len() / 2).unwrap_or(cut.len());
    format!("{}…", &cut[..at])
}
