//! Rule 2.2: secrets are redacted wherever and however they are written, and look-alikes stay.
//!
//! `redaction/secrets.txt` and `redaction/look_alikes.txt` hold the examples; both explain their own notation.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use domain::redaction::{Redactor, merge};
use proptest::prelude::*;
use regex::Regex;

const SECRETS: &str = include_str!("redaction/secrets.txt");
const LOOK_ALIKES: &str = include_str!("redaction/look_alikes.txt");

static PLACEHOLDER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[REDACTED:([a-z_]+):([0-9a-f]{8})\]").expect("the pattern compiles"));
static MARKED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?s)⟦(.*?)⟧").expect("the pattern compiles"));
static GENERATED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{(hex|alnum|b64|url|upper|lower|digits|cookie):(\d+)\}").expect("the pattern compiles")
});

struct Example {
    line: usize,
    kinds: Vec<&'static str>,
    /// The text with its secrets between ⟦ and ⟧.
    marked: String,
}

impl Example {
    fn text(&self) -> String {
        MARKED.replace_all(&self.marked, "$1").into_owned()
    }

    fn secrets(&self) -> Vec<String> {
        MARKED.captures_iter(&self.marked).map(|found| found[1].to_owned()).collect()
    }

    /// What must be left: everything but the secrets.
    fn frame(&self) -> String {
        MARKED.replace_all(&self.marked, "⟦⟧").into_owned()
    }
}

fn secrets() -> Vec<Example> {
    lines(SECRETS)
        .map(|(line, written)| {
            let (kinds, marked) =
                written.split_once(" | ").unwrap_or_else(|| panic!("line {line}: kinds | text"));
            Example { line, kinds: kinds.split(',').map(str::trim).collect(), marked: expand(marked) }
        })
        .collect()
}

fn look_alikes() -> Vec<(usize, String)> {
    lines(LOOK_ALIKES).map(|(line, written)| (line, expand(written))).collect()
}

fn lines(file: &'static str) -> impl Iterator<Item = (usize, &'static str)> {
    file.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with("##"))
}

/// Line ends and tabs, and material that is generated so that no scanner takes this repository's examples for leaks.
fn expand(written: &str) -> String {
    let plain = written
        .replace("⏎", "\n")
        .replace('⇤', "\r")
        .replace('⇥', "\t")
        .replace("~~", "")
        .replace("␠", "\u{a0}")
        .replace("␀", "\u{200b}");
    GENERATED
        .replace_all(&plain, |found: &regex::Captures<'_>| {
            generate(&found[1], found[2].parse().expect("a length"))
        })
        .into_owned()
}

fn generate(alphabet: &str, length: usize) -> String {
    let letters: Vec<char> = match alphabet {
        "hex" => "0123456789abcdef".chars().collect(),
        "upper" => ('A'..='Z').chain('2'..='7').collect(),
        "lower" => ('a'..='z').chain('2'..='7').collect(),
        "digits" => ('0'..='9').collect(),
        "b64" => ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect(),
        "url" => ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect(),
        _ => ('A'..='Z').chain('a'..='z').chain('0'..='9').collect(),
    };
    (0..length).map(|at| letters[(at * at * 7 + at * 13 + 5 + length) % letters.len()]).collect()
}

fn redactor() -> Redactor {
    Redactor::new(b"the session's key")
}

#[test]
fn every_secret_goes_and_everything_around_it_stays() {
    let mut faults = String::new();
    for example in secrets() {
        let redacted = redactor().redact(&example.text());
        let frame = PLACEHOLDER.replace_all(&redacted.text, "⟦⟧");
        let mut kinds: Vec<&str> = redacted.found.iter().map(|entry| entry.kind.as_str()).collect();
        let mut expected = example.kinds.clone();
        kinds.sort_unstable();
        expected.sort_unstable();
        if frame != example.frame() || kinds != expected {
            writeln!(
                faults,
                "line {}: {}\n     got {} {kinds:?}",
                example.line, example.marked, redacted.text
            )
            .unwrap();
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn look_alikes_stay() {
    let mut faults = String::new();
    for (line, text) in look_alikes() {
        let redacted = redactor().redact(&text);
        if redacted.text != text || !redacted.found.is_empty() {
            writeln!(faults, "line {line}: {text}\n     got {}", redacted.text).unwrap();
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn there_are_enough_examples() {
    assert!(secrets().len() >= 150, "{}", secrets().len());
    assert!(look_alikes().len() >= 100, "{}", look_alikes().len());
}

#[test]
fn redacting_again_changes_nothing_and_counts_nothing() {
    for example in secrets() {
        let once = redactor().redact(&example.text());
        let twice = redactor().redact(&once.text);
        assert_eq!(twice.text, once.text, "line {}", example.line);
        assert!(twice.found.is_empty(), "line {}", example.line);
    }
}

#[test]
fn all_examples_in_one_text_lose_their_secrets() {
    let text: Vec<String> = secrets().iter().map(Example::text).collect();
    let redacted = redactor().redact(&text.join("\n\n"));
    for example in secrets() {
        for secret in example.secrets().iter().filter(|secret| secret.len() >= 6) {
            assert!(!redacted.text.contains(secret), "line {}: {secret}", example.line);
        }
    }
}

#[test]
fn one_value_has_one_placeholder_under_one_key() {
    let text =
        "password=Winter!2026\nhis new pw is Winter!2026\n<password>Winter!2026</password>\nWinter!2027";
    let redacted = redactor().redact(text);
    let found: Vec<&str> = PLACEHOLDER.find_iter(&redacted.text).map(|found| found.as_str()).collect();
    assert_eq!(found.len(), 3, "{}", redacted.text);
    assert!(found.iter().all(|placeholder| *placeholder == found[0]));
    assert_eq!(redacted.found[0].count, 3);
    let elsewhere = Redactor::new(b"another session's key").redact(text);
    assert!(!elsewhere.text.contains(found[0]));
    let later = redactor().redact("mysql -pWinter!2026 -u root");
    assert!(later.text.contains(found[0]), "{}", later.text);
}

#[test]
fn counts_of_several_texts_add_up() {
    let mut counts = redactor().redact("password=Winter!2026").found;
    merge(&mut counts, &redactor().redact("pw: Winter!2027, card 4111 1111 1111 1111").found);
    let shown: Vec<(&str, u32)> = counts.iter().map(|entry| (entry.kind.as_str(), entry.count)).collect();
    assert_eq!(shown, [("password", 2), ("card_number", 1)]);
}

#[test]
fn hostile_repetitions_are_redacted_in_one_go_and_only_once() {
    // Unoptimised, a mebibyte of the worst takes a minute; a quadratic reading shows at this size, too.
    let size = if cfg!(debug_assertions) { 1 << 16 } else { 1 << 20 };
    for pattern in [
        "password=",
        "password=\"",
        "password is ",
        "a=b;password=",
        "-----BEGIN PRIVATE KEY-----\n",
        "Cookie: a=",
        "http://a:",
        "eyJ",
        "\\\"password\\\":\\\"",
        "4111",
        "1 ",
        "password=$x ",
        "set it to ",
        "login: a/",
        "\u{200b}p",
        "<password>",
        "(",
        "pw\n",
        "=",
        "name=\"password\" value=",
        "[REDACTED:password:0123abcd]",
        "Bearer:eyJ=token=pw",
        "https://u:a@https://u:b",
        "https://aaaaaaaaaaaaaaaaaaaaaaaa",
        "https://u:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "\"pw=\\",
        "token=token=token=a)",
        "echo eyJ",
    ] {
        // The first time whole, and its last sign until the end.
        let (first, last) = pattern.split_at(pattern.len() - 1);
        let text = format!("{}{first}{}", pattern.repeat(size / pattern.len()), last.repeat(size));
        let once = redactor().redact(&text);
        let twice = redactor().redact(&once.text);
        assert_eq!(twice.text, once.text, "{pattern}");
    }
}

/// Where tokens stand that no person typed; `@` is the token.
const AROUND_A_TOKEN: &[&str] = &[
    "Authorization: Bearer @",
    "authorization: bearer @, next",
    "{\"Authorization\": \"Bearer @\"}",
    "{\\\"authorization\\\":\\\"Bearer @\\\"}",
    "-H 'Authorization: Bearer @' https://x.example",
    "Authorization: token @",
    "Authorization: Basic @",
    "X-Api-Key: @",
    "{\"access_token\":\"@\",\"expires_in\":3600}",
    "{\"refresh_token\": \"@\"}",
    "{\"client_secret\": \"@\"}",
    "{\"password\": \"@\"}",
    "{\\\"id_token\\\":\\\"@\\\"}",
    "https://x.example/cb?access_token=@&state=1",
    "GET /cb?code=@ HTTP/1.1",
    "https://x.example/a#id_token=@",
    "https://x.example/f?sv=1&sig=@",
    "https://x.example/f?X-Amz-Security-Token=@&X-Amz-Date=1",
    "https://oauth2:@@git.example/x.git",
    "access_token=@",
    "client_secret=@",
    "API_KEY=@ ./run",
    "password=@",
    "token: @",
    "SharedAccessKey=@",
    "AccountKey=@;EndpointSuffix=x",
    "Cookie: sid=@; path=/",
    "Set-Cookie: session=@; HttpOnly",
    "sessionid=@",
    "curl -u admin:@ https://x.example",
    "echo @ | docker login --username AWS --password-stdin x.example",
    "printf 'root:@' | sudo chpasswd",
    "run --token @ --verbose",
    "setx API_TOKEN @",
    "<access_token>@</access_token>",
    "<password>@</password>",
    "<clientSecret>@</clientSecret>",
    "-----BEGIN PRIVATE KEY-----\n@\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\n@\n",
];

/// What names a token that is nothing but letters.
const BEFORE_LETTERS: &[&str] = &[
    "npm_@",
    "glpat-@",
    "ghp_@",
    "xoxb-@",
    "sk-ant-@",
    "https://hooks.slack.com/services/@",
    "https://@@git.example/x.git",
];

/// Where a JSON Web Token stands besides: alone, it names itself.
const AROUND_A_JWT: &[&str] = &["@", "the log says @ and stops", "jwt '@'", "[@]", "x=@;y"];

/// Letters that repeat nothing, none of them a separator.
fn random_letters(seed: u64, length: usize) -> String {
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').collect();
    let mut state = seed | 1;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            letters[usize::try_from(state >> 33).expect("31 bits") % letters.len()]
        })
        .collect()
}

/// A token of a length: header, payload and signature, or nothing but letters.
fn token(seed: u64, length: usize, is_jwt: bool) -> String {
    if !is_jwt {
        return random_letters(seed, length);
    }
    let (header, signature) = ("eyJhbGciOiJSUzI1NiJ9", random_letters(seed + 2, 342));
    let payload = random_letters(seed + 1, length - header.len() - signature.len() - 5);
    format!("{header}.eyJ{payload}.{signature}")
}

/// What is left of a secret: its first stretch of twelve characters that the text still holds.
fn left_of<'a>(secret: &'a str, text: &str) -> Option<&'a str> {
    let kept: HashSet<&[u8]> = text.as_bytes().windows(12).collect();
    let at = secret.as_bytes().windows(12).position(|run| kept.contains(run))?;
    Some(&secret[at..at + 12])
}

#[test]
fn nothing_is_left_of_a_token_however_long_it_is() {
    let mut faults = String::new();
    for length in [1_000, 1_024, 1_100, 2_200, 8_000] {
        for (is_jwt, contexts) in
            [(true, AROUND_A_JWT), (true, AROUND_A_TOKEN), (false, AROUND_A_TOKEN), (false, BEFORE_LETTERS)]
        {
            for context in contexts {
                let secret = token(41, length, is_jwt);
                let redacted = redactor().redact(&context.replacen('@', &secret, 1));
                if let Some(left) = left_of(&secret, &redacted.text) {
                    writeln!(faults, "{length} {is_jwt} {context}: {left}").unwrap();
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn a_token_whose_header_alone_is_long_goes_whole() {
    let secret = format!(
        "eyJ4NWMiOlsi{}.eyJ{}.{}",
        random_letters(1, 3_000),
        random_letters(2, 300),
        random_letters(3, 342)
    );
    let redacted = redactor().redact(&format!("it sent {secret} and stopped"));
    assert_eq!(left_of(&secret, &redacted.text), None);
    assert!(redacted.text.starts_with("it sent [REDACTED:jwt:") && redacted.text.ends_with("] and stopped"));
}

#[test]
fn an_encrypted_file_goes_to_its_last_line() {
    let lines: Vec<String> = (0..400).map(|_| generate("hex", 80)).collect();
    let text = format!("db:\n  $ANSIBLE_VAULT;1.1;AES256\n  {}\n  3339\nuser: bob\n", lines.join("\n  "));
    let redacted = redactor().redact(&text);
    assert_eq!(left_of(&lines[0], &redacted.text), None, "{}", redacted.text);
    assert!(
        !redacted.text.contains("3339") && redacted.text.ends_with("]\nuser: bob\n"),
        "{}",
        redacted.text
    );
}

#[test]
fn a_name_before_a_number_is_a_word_of_its_own() {
    let number = "4111 1111 1111 1111";
    for before in [
        "paid ",
        "Prepaid: ",
        "valid ",
        "hotel ",
        "Depo ",
        "Jean ",
        "suitcase: ",
        "transfer via Kartell ",
        "cardNumber: ",
        "unpaid=",
        "maxim ",
        "Ref-paid ",
    ] {
        let redacted = redactor().redact(&format!("{before}{number}"));
        assert!(redacted.text.starts_with(&format!("{before}[REDACTED:card_number:")), "{}", redacted.text);
    }
    for before in [
        "id ",
        "ID: ",
        "order_id=",
        "orderId: ",
        "deviceId: ",
        "ticket no. ",
        "Tel. ",
        "Telefonnummer: ",
        "Diensttelefon: ",
        "phone ",
        "telephone: ",
        "Kundennummer ",
        "Auftrag #",
        "Reparaturauftrag ",
        "PO ",
        "(ref ",
        "user_id ",
        "fax:",
        "Geräteseriennummer: ",
        "DeviceSerialNumber: ",
        "Supportticket #",
        "Ausgangsrechnung ",
        "Wartungsvertrag ",
        "Endkundennummer: ",
        "UPSTrackingNumber: ",
        "CustomerPO ",
        "requestid=",
        "correlationid=",
        "Vorfall ",
    ] {
        let text = format!("{before}{number}");
        assert_eq!(redactor().redact(&text).text, text);
    }
    // The border counts at the edge of the reach, too.
    let redacted = redactor().redact(&format!("xid{}{number}", " ".repeat(38)));
    assert!(redacted.text.contains("[REDACTED:card_number:"), "{}", redacted.text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_text_is_redacted_without_panic_and_only_once(text in any_text()) {
        let once = redactor().redact(&text);
        let twice = redactor().redact(&once.text);
        prop_assert_eq!(&twice.text, &once.text);
        prop_assert!(twice.found.is_empty());
        let replaced: u32 = once.found.iter().map(|entry| entry.count).sum();
        prop_assert!(replaced > 0 || once.text == text);
    }

    #[test]
    fn what_is_between_placeholders_stands_in_the_original_in_that_order(text in any_text()) {
        let redacted = redactor().redact(&text);
        let mut rest = text.as_str();
        for piece in PLACEHOLDER.split(&redacted.text) {
            let at = rest.find(piece);
            prop_assert!(at.is_some());
            rest = &rest[at.unwrap_or_default() + piece.len()..];
        }
    }

    #[test]
    fn a_secret_planted_anywhere_is_never_shown(
        secret in "[A-Z][a-z]{3,8}[0-9]{2,4}[!#%*+]",
        at in any::<prop::sample::Index>(),
        before in "[ -~äöüß\\n]{0,80}",
        after in "[ -~äöüß\\n]{0,80}",
    ) {
        let contexts = [
            "password=@", "Password: @", "her password is @", "das Passwort lautet @", "{\"password\": \"@\"}", "<password>@</password>", "--password @",
            "mysql -u root -p@", "curl -u admin:@ https://x.example/", "postgres://app:@@db.example/x", "I reset it to @", "Kennwort auf @ gesetzt", "sshpass -p @ ssh x",
            "enable secret 0 @", "set psksecret @", "wpa_passphrase=@", "net user bob @ /add", "$env:DB_PASSWORD = '@'", "Server=x;Password=@;", "{\\\"pwd\\\":\\\"@\\\"}",
        ];
        let planted = contexts[at.index(contexts.len())].replacen('@', &secret, 1);
        let text = format!("{before}\n{planted}\n{after}");
        let redacted = redactor().redact(&text);
        prop_assert!(!redacted.text.contains(&secret), "{}", redacted.text);
    }

    #[test]
    fn nothing_is_left_of_a_long_token_planted_anywhere(
        seed in any::<u64>(),
        length in 900_usize..5_000,
        is_jwt in any::<bool>(),
        at in any::<prop::sample::Index>(),
        before in "[ -~äöüß\\n]{0,80}",
        after in "[ -~äöüß\\n]{0,80}",
    ) {
        let secret = token(seed / 4, length, is_jwt);
        let planted = AROUND_A_TOKEN[at.index(AROUND_A_TOKEN.len())].replacen('@', &secret, 1);
        let redacted = redactor().redact(&format!("{before}\n{planted}\n{after}"));
        prop_assert_eq!(left_of(&secret, &redacted.text), None);
    }
}

/// Words that rules listen to among anything else that can stand in a text.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        any::<String>(),
        prop::sample::select(vec![
            "password",
            "Passwort",
            "pw",
            "=",
            ":",
            " is ",
            " lautet ",
            "\"",
            "'",
            "\\",
            "\n",
            "\r\n",
            " ",
            "Foo!23",
            "Cookie: ",
            "a=b; ",
            "https://u:p@h/",
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
            "Bearer ",
            "eyJhbGciOiJIUzI1NiJ9.e30.x",
            "4111 1111 1111 1111",
            "[REDACTED:password:0123abcd]",
            "<password>",
            "</password>",
            "secret ",
            "key",
            "token=",
            "set ",
            "to ",
            "-p ",
            "/p:",
            "mysql ",
            "psk",
            "\u{200b}",
            "\u{1b}[31m",
            "ﬁ",
            "$x",
            "****",
            "&",
            ";",
            ",",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}
