//! Rules for secrets told in sentences, English and German: "her password is …", "das Kennwort lautet …", "I reset it to …".

use std::ops::Range;

use super::assignments::PASSWORD_TRIGGERS as PW;
use super::judgement::Proof::{Configured, Guessed, Hinted, Told};
use super::judgement::is_password_like;
use super::kind::SecretKind::Password;
use super::rule::Reading::{Block, Group, Value};
use super::rule::Rule;

/// The rules of this table.
pub(super) fn rules() -> Vec<Rule> {
    let row = |triggers, lead, reading, proof| Rule { kind: Password, triggers, lead, reading, proof };
    vec![
        // The password [for …] is [now] X; 's X.
        row(
            PW,
            r"<PASSWORD><NOTE><FOR>(?:\s+(?:should|shall|must|will|would|might|may|could|has\s+to|needs\s+to|soll|sollte))?(?:\s+(?:is|was|are|be|been|becomes|reads|ist|war|wäre|lautet|lauten|lautete|heißt|heisst)|'s)\s+(?:(?:now|currently|still|again|just|temporarily|actually|probably|simply|really|always|called|jetzt|nun|aktuell|momentan|derzeit|noch|wieder|vorläufig|immer|einfach|also|neu)\s+){0,3}(?:(?:re)?set to\s+|changed to\s+|auf\s+|wie folgt|folgendes|as follows|following|the following)?:?\s*[*_]{0,2}",
            Value,
            Told,
        ),
        row(
            PW,
            r"<PASSWORD><NOTE><FOR>\s+(?:(?:has|have|had|was|is|got|should|must|will|can)\s+)?(?:be\s+|been\s+|being\s+)?(?:now\s+|just\s+)?(?:(?:re)?set|changed|updated|switched|defaulted|reverted|rotated)\s+(?:back\s+)?(?:to|as)\s*:?\s+",
            Value,
            Told,
        ),
        // The password she uses is X.
        row(
            PW,
            r"<PASSWORD>(?:\s+[\w'.@-]{1,30}){1,6}?\s+(?:is|was|ist|war|lautet|heißt|to|auf|als|as|it's)\s*:?\s+",
            Value,
            Hinted,
        ),
        // Set the password to X, with other words between.
        row(
            PW,
            r"\b(?:(?:re)?set(?:ting)?|chang(?:e|ed|ing)|updat(?:e|ed|ing)|switch(?:ed)?|revert(?:ed)?|made)\s+(?:[\w'.@-]{1,30}\s+){0,5}?[\w-]{0,20}(?:<PASSWORD>)\s+(?:[\w'.@-]{1,30}\s+){0,4}?(?:back\s+)?to\s*:?\s+",
            Value,
            Told,
        ),
        // The password X; password (X); password - X.
        row(PW, r"<PASSWORD><NOTE>\s+[(\[]?[*_]{0,2}", Value, Hinted),
        row(PW, r"<PASSWORD>\s*(?:[-(\[/,]|\.{2,3}|~)\s*", Value, Hinted),
        // Das Passwort auf X gesetzt.
        row(
            PW,
            r"<PASSWORD>(?:\s+[\w'.@-]{1,30}){0,6}?\s+(?:auf|in|zu)\s+(?P<v>\S{3,80})\s+(?:um|zurück|neu)?(?:ge)?(?:setzt|setzen|geändert|ändern|gestellt|gesetzt|abgeändert)",
            Group,
            Configured,
        ),
        row(PW, r"<PASSWORD>(?:\s+[\w'.@-]{1,30}){0,6}?\s+auf\s*:?\s+", Value, Hinted),
        // X is the password; X as password; X ist ihr neues Kennwort.
        row(
            PW,
            r"(?:^|[\s\x22'(>])(?P<v>[^\s\x22'(>]{5,64})[\x22')]?,?\s+(?:is|was|ist|war|works as|as|als|for|für|being)\s+(?:(?:the|her|his|my|their|our|a|das|dem|ihr|ihrem|sein|seinem|mein|dein|unser|neue|neues|neuem|new|old|current|temporary|temp|initial|default|admin|local|altes|aktuelles|temporäres|vorläufiges|user|wifi|wlan)\s+){0,4}[\w-]{0,20}<PASSWORD>",
            Group,
            Hinted,
        ),
        // Whatever could be nothing else, in the same line as the word.
        row(PW, r"<PW>|\bpw\b", Block(password_like_nearby), Guessed),
        // A pair of credentials.
        row(
            &[
                "login", "log in", "logon", "cred", "zugang", "anmeld", "user", "benutzer", "account",
                "konto", "admin",
            ],
            r"\b(?:log[ -]?[io]n|cred(?:ential)?s?|zugangsdaten|zugang|anmeldedaten|anmeldung|user(?:[ _-]?name)?|benutzer(?:name)?|account|konto)\s*(?:data|details|info)?\s*(?:is|are|sind|lauten|ist|:|=|with|mit|as|als)+\s*[\w.@\\-]{2,60}\s*(?:/|:|\||\s-\s|\s(?:and|und|with|mit|&)\s)\s*",
            Value,
            Hinted,
        ),
        row(
            &["login", "log in", "cred", "zugang", "anmeld"],
            r"\b(?:cred(?:ential)?s?|zugangsdaten|anmeldedaten|login(?:s|data|-daten)?)\s*(?:is|are|sind|lauten|ist|:|=)*\s*[\w.@\\-]{2,60}\s*(?:/|:|\||\s(?:and|und)\s)\s*",
            Value,
            Told,
        ),
        // No label: what people do with passwords.
        row(
            &["set", "chang", "update", "änder", "stellt"],
            r"\b(?:(?:re)?set(?:ting)?|chang(?:e|ed|ing)|updated?|(?:zurück)?gesetzt|geändert|gestellt)\s+(?:[\w'.@-]{1,30}\s+){0,5}?(?:to|as|auf)\s*:?\s+[\x22']?(?P<v>[^\s\x22']{6,64})",
            Group,
            Guessed,
        ),
        row(
            &["auf"],
            r"\bauf\s+[\x22']?(?P<v>[^\s\x22']{6,64}?)[\x22',.]?\s+(?:um|zurück|neu)?(?:gesetzt|setzen|gestellt|geändert|ändern)",
            Group,
            Guessed,
        ),
        row(
            &["log", "sign", "anmeld", "einlog", "authenticat"],
            r"\b(?:log(?:ged|ging|s)?|sign(?:ed|ing|s)?|anmelden|angemeldet|einloggen|eingeloggt|authenticat(?:e|ed|ing))\b[^\n]{0,60}?\b(?:with|using|mit|and|und)\s+[\x22']?(?P<v>[^\s\x22']{6,64})",
            Group,
            Guessed,
        ),
        row(
            &[
                "tried",
                "try",
                "typed",
                "type",
                "entered",
                "enter",
                "use",
                "using",
                "used",
                "versuch",
                "eingegeben",
                "mit ",
            ],
            r"\b(?:tried|try|trying|typed|typing|types|entered|entering|enter|uses?|using|used|versucht|probiert|eingegeben|mit|with)\s+(?:it\s+)?(?:with\s+|mit\s+)?[\x22']?(?P<v>[^\s\x22']{6,64})",
            Group,
            Guessed,
        ),
    ]
}

/// Words around the word for a password that have upper and lower case, digits and signs.
fn password_like_nearby(text: &str, lead: Range<usize>) -> Vec<Range<usize>> {
    const REACH: usize = 160;
    let breaks = |letter: char| {
        matches!(letter, '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '[' | ']' | '/' | '<' | '>' | '\\' | '|')
            || letter.is_whitespace()
    };
    // What has no digit is no such word; most have none, and are not looked at any closer.
    let may_be =
        |piece: &str| piece.len() >= 6 && piece.bytes().any(|byte| byte.is_ascii_digit() || byte >= 0x80);
    let mut from = lead.start.saturating_sub(REACH);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = (lead.end + REACH).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let from = text[from..lead.start].rfind('\n').map_or(from, |newline| from + newline + 1);
    let to = text[lead.end..to].find('\n').map_or(to, |newline| lead.end + newline);
    let mut found = Vec::new();
    let mut at = from;
    for piece in text[from..to].split_inclusive(breaks) {
        if !may_be(piece) {
            at += piece.len();
            continue;
        }
        let word = piece.trim_end_matches(breaks).trim_end_matches(['.', ':', '?']);
        // A word cut by the reach is no word; its rest would be left behind.
        let whole = (at > from || from == 0 || text[..from].ends_with(breaks))
            && (at + word.len() < to || to == text.len() || text[to..].starts_with(breaks));
        // Behind a backslash, the first letters belong to an escape.
        if whole && !text[..at].ends_with('\\') && is_password_like(word) {
            found.push(at..at + word.len());
        }
        at += piece.len();
    }
    found.retain(|range| range.end <= lead.start || range.start >= lead.end);
    found
}
