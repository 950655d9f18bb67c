//! The words that stand after "password" in sentences about passwords, and so are not one.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words that tell about a password: a state, a rule, something done to it.
pub(super) fn is_status(word: &str) -> bool {
    STATUS.contains(word)
}

/// Words that only hold a sentence together.
pub(super) fn is_function_word(word: &str) -> bool {
    FUNCTION.contains(word)
}

/// Words after which a sentence goes on about something else, so that the word before them may be a value.
pub(super) fn is_conjunction(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "but"
            | "for"
            | "or"
            | "und"
            | "aber"
            | "für"
            | "oder"
            | "with"
            | "mit"
            | "please"
            | "bitte"
            | "if"
            | "so"
    )
}

/// Units and nouns that make the number before them a measure.
pub(super) fn is_measure(word: &str) -> bool {
    MEASURE.contains(word)
}

/// What remarks about passwords speak of besides.
pub(super) fn is_subject(word: &str) -> bool {
    SUBJECTS.contains(word)
}

static SUBJECTS: LazyLock<HashSet<&str>> = LazyLock::new(|| SUBJECT_WORDS.split_whitespace().collect());
static STATUS: LazyLock<HashSet<&str>> = LazyLock::new(|| STATUS_WORDS.split_whitespace().collect());
static FUNCTION: LazyLock<HashSet<&str>> = LazyLock::new(|| FUNCTION_WORDS.split_whitespace().collect());
static MEASURE: LazyLock<HashSet<&str>> = LazyLock::new(|| MEASURE_WORDS.split_whitespace().collect());

const STATUS_WORDS: &str = "
    required optional expired expires expiring invalid incorrect wrong correct right valid ok okay fine good bad weak
    strong stronger complex simple long short longer shorter unknown missing empty blank null none nil undefined
    default unset set reset changed unchanged updated rejected refused accepted denied disabled enabled active inactive
    locked unlocked hidden masked redacted removed withheld omitted protected encrypted hashed stored saved cached
    synced synchronized synchronised provided given sent entered typed needed necessary mandatory available unavailable
    unsupported supported allowed disallowed forbidden compromised leaked breached reused shared known forgotten lost
    stale outdated old new current same different identical equal matching mismatched mismatch failed failing failure
    succeeded success successful error errors true false yes no n/a na tbd done pending confirmed unconfirmed verified
    unverified rotated replaced recovered tested working works broken case-sensitive confidential protection caching writeback standard factory defaults werkseinstellung secure insecure
    safe unsafe managed synchronous never always must should cannot can't won't doesn't isn't wasn't required. prompt
    prompted prompts asked requested temporary permanent policy length age history complexity count attempt attempts
    box field prompt screen dialog page window form manager vault reset-link link hint hash change expiry expiration
    rotation writeback sync synchronization spray spraying attack login logon stuck looping not ready exportable
    already being still again n't read-only readonly nothing something anything everything too very corrupt corrupted
    abgelaufen falsch richtig korrekt ungültig gültig unbekannt gesperrt entsperrt vergessen verloren geändert
    zurückgesetzt gesetzt leer fehlt fehlend erforderlich nötig notwendig benötigt abgelehnt akzeptiert angenommen
    verweigert deaktiviert aktiviert gespeichert hinterlegt verschlüsselt geschützt sicher unsicher schwach stark
    lang kurz kompromittiert alt neu aktuell gleich identisch verschieden anders bekannt nie niemals immer
    muss soll sollte darf kann konnte wird wurde werden worden nicht kein keine ja nein unverändert mehr fehlerhaft
    fehler fehlgeschlagen erfolgreich ok. erneut wieder schon bereits noch jedes ständig dauernd ausgeblendet
    entfernt maskiert vorhanden synchronisiert ausgelaufen abläuft zurückzusetzen anzugeben einzugeben pflichtfeld
    obligatoire requis oubli expiré";

const FUNCTION_WORDS: &str = "
    a an the this that these those it its he she they we you i me my mine her hers his him their theirs our your
    of on in at to from by for with without as is are was were be been being has have had having do does did done
    and or but so if then than because since when while where which who whom whose what why how until after before
    during about into over under between through per via again also just only now here there all any both each few
    more most other some such no nor not own too very can could will would shall should may might must see use used
    uses using please enter type try tried ask asks asked need needs needed get gets got give gives gave go goes went
    keep keeps kept make makes made says said say shows show seems seemed works worked fails failed reset resets
    change changes changed set sets every everyone someone anyone nobody user users account accounts office outlook
    windows once twice times yesterday today tomorrow monday tuesday wednesday thursday friday helpdesk support
    der die das den dem des ein eine einen einem einer eines dieser diese dieses er sie es wir ihr ich mich mir uns
    euch ihm ihn ihnen mein meine dein sein seine ihre unser euer und oder aber weil da wenn als wie wo wann warum
    ob dass daß ist sind war waren sei wäre hat haben hatte hatten wird werden wurde wurden kann können konnte muss
    müssen soll sollen darf nicht kein keine nie auf in im an am zu zum zur von vom bei beim mit nach für fuer über
    unter vor hinter neben zwischen durch ohne gegen um bis seit aus noch schon nur auch wieder immer dann jetzt nun
    hier dort man sich bitte siehe gestern heute morgen benutzer konto anwender kunde kundin";

const MEASURE_WORDS: &str = "
    day days hour hours minute minutes min mins second seconds sec week weeks month months year years time times
    characters character chars char digits letters symbols attempts attempt tries users user accounts account entries
    old remaining left bit bits byte bytes or of passwords percent failed more
    tag tage tagen stunde stunden minuten sekunden woche wochen monat monate monaten jahr jahre jahren mal zeichen
    stellen ziffern versuche versuchen benutzer konten";

const SUBJECT_WORDS: &str = "
    value values credential credentials username usernames name names email mail address pin code key secret token phrase
    passphrase passphrases passwords kennwörter passwörter authentication authenticate validation decrypt verify login
    least most minimum maximum min max contain contains include includes match matches equal letter lower upper uppercase
    lowercase special symbol number numbers digit next first last time confirm confirmation blank supply supplied specify
    specified retype repeat choose match wert feld eingabe angabe mindestens höchstens benutzername benutzernamen anmeldung
    forgot hide entry neues ändern anzeigen bestätigung wiederholen enthalten großbuchstaben kleinbuchstaben sonderzeichen ziffer";
