//! How many are affected: numbers before words for people, machines and pieces of work, in English and German.

use std::sync::LazyLock;

use regex::Regex;

use crate::matching::words::fold;

/// So many people or machines are no longer a few, and so many messages are no accident.
const MANY: u32 = 5;
const MANY_PIECES: u32 = 20;

/// Whether the text counts many people, machines or pieces of work.
pub(super) fn many(text: &str) -> bool {
    COUNTED.captures_iter(&fold(text)).any(|found| {
        let before = found.name("before").map_or("", |word| word.as_str());
        let between = found.name("between").map_or("", |word| word.as_str());
        let count = number(&found["count"]);
        let enough = if found.name("pieces").is_some() { MANY_PIECES } else { MANY };
        count >= enough && !is_something_else(before) && !is_measure(between)
    })
}

static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    let numbers = "five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|dozens of|dozens|dozen|\
                   hundreds of|hundreds|hundred|funf|sechs|sieben|acht|neun|zehn|elf|zwolf|zwanzig|dreissig|dutzende|\
                   hunderte";
    let people = "people|persons?|users?|participants|attendees|employees|colleagues|trainees|students|pupils|staff|\
                  workers|agents|guests|callers|doctors|nurses|mitarbeiter\\w*|benutzer\\w*|anwender\\w*|user|leuten?|kollegen|\
                  kolleginnen|personen|teilnehmer\\w*|schuler\\w*|azubis?|gaste|arzte";
    let machines = "laptops?|pcs?|computers?|machines|workstations|rechner\\w*|notebooks?|clients?|arbeitsplatze\\w*|\
                    gerate|devices|phones|handsets|telefone|servers|server|vms|printers|drucker|tills|kassen|tablets|\
                    scanners|sites|branches|filialen|standorte";
    let pieces = "invoices?|rechnungen|mails?|emails?|messages|nachrichten|orders|auftrage|bestellungen|customers|kunden|\
                  parcels|pakete|documents|dokumente|bounces|calls|anrufe";
    let pattern = format!(
        r"(?:(?P<before>[\w-]+) )?\b(?P<count>\d{{1,5}}|{numbers})\+? +(?:(?P<between>[\w-]+) +)?(?:(?:{people}|{machines})|(?P<pieces>{pieces}))\b"
    );
    Regex::new(&pattern).expect("invariant: the pattern of counts is a valid expression")
});

fn number(word: &str) -> u32 {
    match word {
        "five" | "funf" => 5,
        "six" | "sechs" => 6,
        "seven" | "sieben" => 7,
        "eight" | "acht" => 8,
        "nine" | "neun" => 9,
        _ => word.parse().unwrap_or(20),
    }
}

/// "The other 9 machines", "the first 20 people" are those without the fault; "Windows 11 laptops" counts none.
fn is_something_else(before: &str) -> bool {
    matches!(
        before,
        "other"
            | "first"
            | "remaining"
            | "anderen"
            | "andere"
            | "ersten"
            | "ubrigen"
            | "restlichen"
            | "windows"
            | "office"
            | "outlook"
            | "server"
            | "exchange"
            | "version"
            | "floor"
            | "room"
            | "raum"
            | "vlan"
            | "etage"
            | "of"
            | "id"
            | "event"
            | "error"
            | "level"
            | "build"
            | "all"
            | "bitte"
            | "order"
    )
}

fn is_measure(between: &str) -> bool {
    const MEASURES: [&str; 20] = [
        "min", "mins", "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month",
        "months", "years", "minuten", "stunden", "tage", "tagen", "wochen", "gb", "percent",
    ];
    MEASURES.contains(&between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_people_machines_and_pieces_count_and_other_numbers_do_not() {
        for (text, expected) in [
            ("a course with 35 participants", true),
            ("about 60 Unzustellbar messages", true),
            ("fails on about 40 laptops", true),
            ("Zwölf Mitarbeiter warten", true),
            ("two users cannot print", false),
            ("the other 9 machines are fine", false),
            ("the first 20 people get on", false),
            ("all Windows 11 laptops of hers", false),
            ("every 20 minutes users", false),
            ("3 mails are missing", false),
        ] {
            assert_eq!(many(text), expected, "{text}");
        }
    }
}
