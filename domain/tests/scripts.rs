//! Whatever the value: exactly one literal comes out of it, and nothing else of the script changes (rule 8.2).

#![expect(clippy::unwrap_used, reason = "what can't be read fails the test")]

#[path = "scripts/real_parser.rs"]
mod real_parser;

use domain::script::generation::{Argument, generate};
use domain::script::powershell::{TokenKind, literal_value, tokens};
use domain::script::template::TemplateContent;
use domain::script::value::MAX_VALUE;
use domain::script::{Parameter, ParameterType, TemplateVersion};
use proptest::prelude::*;

/// Placeholders wherever they may stand, among everything that a value could be mixed up with.
const BODY: &str = "# it's a comment <# \"
<# another ' one
#>
$a = {{value}}
$b = 'it''s' + \"say `\"$(\"x\")`\" \" + @'
a here-string '
'@ # and {not} a placeholder
Get-Item -Path {{value}} -ErrorAction Stop | Where-Object { $_.Name -eq {{value}} }
$list = @({{value}}, {{value}}
, 'z')
& $tool `
  -Name {{value}};$c = @{ Key = {{value}} }
";
const PLACES: usize = 7;

fn parameter(kind: ParameterType) -> Parameter {
    Parameter {
        key: "value".into(),
        label: "It's “a” label".into(),
        kind,
        required: true,
        default: None,
        options: if kind == ParameterType::Enum { vec!["it's".into()] } else { vec![] },
        help: None,
    }
}

fn template(kind: ParameterType) -> TemplateVersion {
    let content = TemplateContent {
        name: "Template".into(),
        description: None,
        category: None,
        team: None,
        body: BODY.into(),
        parameters: vec![parameter(kind)],
    };
    TemplateVersion { version: 1, content }
}

fn script(kind: ParameterType, value: &str) -> Option<String> {
    let argument = Argument { key: "value".into(), value: value.into() };
    generate(&template(kind), &[argument]).ok().map(|generated| generated.text().to_owned())
}

/// The generated script falls into the template's tokens, with one in place of each placeholder; gives these.
fn one_token_for_each_placeholder(script: &str) -> Vec<(TokenKind, String, Option<String>)> {
    let (before, after) = (tokens(BODY).unwrap(), tokens(script).unwrap());
    assert_eq!(before.len(), after.len(), "{script}");
    let mut values = Vec::new();
    for (old, new) in before.iter().zip(&after) {
        if old.kind == TokenKind::Placeholder {
            values.push((new.kind, new.text.to_owned(), literal_value(new)));
        } else {
            assert_eq!((old.kind, old.text), (new.kind, new.text), "{script}");
        }
    }
    assert_eq!(values.len(), PLACES);
    values
}

fn assert_one_literal(kind: ParameterType, given: &str, expected: &str) {
    let script = script(kind, given).unwrap_or_else(|| panic!("{kind:?} refuses {given:?}"));
    for (token, text, value) in one_token_for_each_placeholder(&script) {
        assert_eq!(token, TokenKind::Literal, "{text}");
        assert_eq!(value.as_deref(), Some(expected), "{text}");
    }
}

/// What attackers and copy and paste bring.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'"),
        Just("''"),
        Just("‘"),
        Just("’"),
        Just("‚"),
        Just("‛"),
        Just("\""),
        Just("“"),
        Just("”"),
        Just("„"),
        Just("`"),
        Just("$("),
        Just(")"),
        Just("$x"),
        Just("${x}"),
        Just("@'"),
        Just("'@"),
        Just("@\""),
        Just("\"@"),
        Just("#"),
        Just("<#"),
        Just("#>"),
        Just(";"),
        Just("|"),
        Just("&"),
        Just("{{value}}"),
        Just("{{"),
        Just("}}"),
        Just("\n"),
        Just("\r\n'@\n"),
        Just("\0"),
        Just("\u{85}"),
        Just("\u{2028}"),
        Just("\u{202e}"),
        Just("--%"),
        Just(" "),
        Just("\u{a0}"),
        Just("a"),
        Just("ß"),
        Just("😀"),
        Just("\\"),
        Just("; Remove-Item C:\\ #"),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_becomes_one_literal_or_is_refused(value in prop_oneof![nasty(), any::<String>()]) {
        let unseen = value.chars().any(char::is_control);
        match script(ParameterType::String, &value) {
            Some(script) => {
                prop_assert!(!unseen && !value.trim().is_empty());
                for (kind, _, read) in one_token_for_each_placeholder(&script) {
                    prop_assert_eq!(kind, TokenKind::Literal);
                    prop_assert_eq!(read.as_deref(), Some(value.as_str()));
                }
            }
            None => prop_assert!(unseen || value.trim().is_empty() || value.chars().any(is_invisible)),
        }
    }

    #[test]
    fn whatever_a_type_takes_becomes_one_token(value in nasty(), kind in any_kind()) {
        if let Some(script) = script(kind, &value) {
            for (token, text, read) in one_token_for_each_placeholder(&script) {
                match kind {
                    ParameterType::Integer => prop_assert!(token == TokenKind::Word && text.parse::<i64>().is_ok()),
                    ParameterType::Boolean => prop_assert!(text == "$true" || text == "$false"),
                    _ => prop_assert!(token == TokenKind::Literal && read.is_some()),
                }
            }
        }
    }

    #[test]
    fn any_number_becomes_one_word(value in any::<i64>()) {
        let script = script(ParameterType::Integer, &value.to_string());
        prop_assert_eq!(script.is_some(), value != i64::MIN);
        if let Some(script) = script {
            for (kind, text, _) in one_token_for_each_placeholder(&script) {
                prop_assert_eq!((kind, text), (TokenKind::Word, value.to_string()));
            }
        }
    }

    /// The lexer itself never panics, and loses nothing but blanks.
    #[test]
    fn cutting_any_text_into_tokens_is_total(text in prop_oneof![nasty(), any::<String>()]) {
        if let Ok(tokens) = tokens(&text) {
            let mut at = 0;
            for token in tokens {
                let skipped = &text[at..token.start];
                let is_blank = |it: char| it.is_ascii_whitespace() || matches!(it, '`' | '\u{b}');
                prop_assert!(skipped.chars().all(is_blank), "{skipped:?}");
                at = token.end();
            }
        }
    }
}

/// Of what [`nasty`] and `any` draw: what has no width or turns the reading order.
fn is_invisible(it: char) -> bool {
    // The fillers of Hangul count as letters, and show nothing.
    let is_filler = matches!(it, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    !it.is_ascii() && (is_filler || !it.is_alphanumeric())
}

fn any_kind() -> impl Strategy<Value = ParameterType> {
    use ParameterType::*;
    proptest::sample::select(vec![
        String,
        Integer,
        Boolean,
        Enum,
        Upn,
        Hostname,
        DistinguishedName,
        Path,
        Guid,
    ])
}

#[test]
fn quotes_and_syntax_of_powershell_are_only_text() {
    for value in [
        "O'Brien",
        "‘smart’ ‚quotes‛ “and” „more‟",
        "$(Remove-Item C:\\ -Recurse)",
        "`n`0`'",
        "'; Remove-Item C:\\; '",
        "@'",
        "'@",
        "\"@",
        "# <# #>",
        "{{value}}",
        "{{other}}",
        "--%",
        "$true",
        "-5",
        "a\u{a0}b",
    ] {
        assert_one_literal(ParameterType::String, value, value);
    }
    assert_one_literal(ParameterType::Enum, "it's", "it's");
    assert_one_literal(ParameterType::Upn, " o'brien@contoso.com ", "o'brien@contoso.com");
    assert_one_literal(ParameterType::DistinguishedName, "CN=O'Brien,DC=a", "CN=O'Brien,DC=a");
    assert_one_literal(ParameterType::Path, "C:\\it's\\$(x)", "C:\\it's\\$(x)");
    assert_one_literal(ParameterType::Hostname, "dc01", "dc01");
    assert_one_literal(
        ParameterType::Guid,
        "6F9619FF-8B86-D011-B42D-00C04FC964FF",
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    );
}

#[test]
fn line_breaks_and_nul_are_refused() {
    for value in ["a\nb", "a\rb", "a\0b", "\u{85}", "\u{2028}", "\u{202e}evil"] {
        assert_eq!(script(ParameterType::String, value), None, "{value:?}");
    }
}

#[test]
fn a_value_may_be_long_and_a_script_not_endless() {
    // Nothing but quotes: each is doubled.
    let quotes = "'".repeat(30_000);
    assert_one_literal(ParameterType::String, &quotes, &quotes);
    let mut once = template(ParameterType::String);
    once.content.body = "$a = {{value}}".into();
    let longest = |value: String| generate(&once, &[Argument { key: "value".into(), value }]);
    assert!(longest("‘".repeat(MAX_VALUE / 3)).is_ok());
    assert!(longest("x".repeat(MAX_VALUE)).is_ok());
    assert!(longest("x".repeat(MAX_VALUE + 1)).is_err());
    assert_eq!(script(ParameterType::String, &"x".repeat(MAX_VALUE)), None, "seven times 100 kB is too much");
}

#[test]
fn a_secret_is_asked_for_and_never_given() {
    let text = generate(&template(ParameterType::Secret), &[]).unwrap().text().to_owned();
    let (header, body) = text.split_once('\n').unwrap();
    assert_eq!(header, "$FlowPilotSecret_value = Read-Host -AsSecureString -Prompt 'It''s “a” label'");
    for (kind, text, _) in one_token_for_each_placeholder(body) {
        assert_eq!((kind, text.as_str()), (TokenKind::Variable, "$FlowPilotSecret_value"));
    }
    let given = Argument { key: "value".into(), value: "hunter2".into() };
    let faults = generate(&template(ParameterType::Secret), &[given]).unwrap_err();
    assert!(!format!("{faults:?}").contains("hunter2"));
    assert_eq!(faults[0].to_string(), "\"value\" is asked for when the script runs; give no value.");
}

#[test]
fn every_fault_is_named_at_once() {
    let mut template = template(ParameterType::String);
    let more = |key: &str, kind, required, default: Option<&str>| Parameter {
        key: key.into(),
        required,
        default: default.map(Into::into),
        ..parameter(kind)
    };
    template.content.body = "foo {{value}} {{count}} {{optional}} {{preset}}".into();
    template.content.parameters.extend([
        more("count", ParameterType::Integer, true, None),
        more("optional", ParameterType::Guid, false, None),
        more("preset", ParameterType::Boolean, true, Some("true")),
    ]);
    let given = |pairs: &[(&str, &str)]| {
        let arguments: Vec<_> = pairs
            .iter()
            .map(|(key, value)| Argument { key: (*key).into(), value: (*value).into() })
            .collect();
        generate(&template, &arguments)
    };
    let faults = given(&[("count", "many"), ("else", "1"), ("value", ""), ("count", "2")]).unwrap_err();
    let said: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "\"else\" is no parameter of the template.",
            "\"count\" is given more than once.",
            "\"value\" is needed.",
            "\"count\" must be a whole number of up to 64 bits, in digits.",
        ]
    );
    let generated = given(&[("value", "a"), ("count", "7"), ("preset", "")]).unwrap();
    assert_eq!(generated.text(), "foo 'a' 7 $null $true");
    assert_eq!(generated.arguments().keys().collect::<Vec<_>>(), ["count", "value"]);
}
