use super::TokenKind::*;
use super::*;

fn kinds(script: &str) -> Vec<TokenKind> {
    tokens(script).unwrap_or_else(|fault| panic!("{script}: {fault}")).iter().map(|it| it.kind).collect()
}

fn texts(script: &str) -> Vec<&str> {
    tokens(script).unwrap_or_else(|fault| panic!("{script}: {fault}")).iter().map(|it| it.text).collect()
}

fn reason(script: &str) -> SyntaxReason {
    tokens(script).expect_err(script).reason
}

#[test]
fn a_line_falls_into_words_variables_and_brackets() {
    let script = "Get-ADUser -Identity $user.Name | Where-Object { $_.Enabled -eq $true }; $env:Path";
    assert_eq!(
        texts(script),
        [
            "Get-ADUser",
            "-Identity",
            "$user",
            ".Name",
            "|",
            "Where-Object",
            "{",
            "$_",
            ".Enabled",
            "-eq",
            "$true",
            "}",
            ";",
            "$env:Path"
        ]
    );
    assert_eq!(kinds("@(1, $(2), @{a = 3})").iter().filter(|it| **it == Opening).count(), 3);
}

#[test]
fn typographic_quotes_are_quotes() {
    assert_eq!(kinds("‘a b’ ‚c‛ 'd’"), [Literal, Literal, Literal]);
    assert_eq!(kinds("“a ' b” „c\""), [Expandable, Expandable]);
    assert_eq!(kinds("'it''s' 'a‘’b'"), [Literal, Literal]);
    assert_eq!(reason("'it's'"), SyntaxReason::Unended);
    let value = |script| literal_value(&tokens(script).unwrap()[0]);
    assert_eq!(value("'it''s ‘‘x’’'").as_deref(), Some("it's ‘x’"));
    assert_eq!(value("''").as_deref(), Some(""));
    assert_eq!(value("\"x\""), None);
}

#[test]
fn an_expandable_string_ends_where_powershell_ends_it() {
    for script in [
        "\"a `\" b\"",
        "\"a \"\" b\"",
        "\"a $(Get-Item \"b\" | ForEach-Object { \"}\" }) c\"",
        "\"$(')')\"",
        "\"$( \"$( \"x\" )\" )\"",
        "\"${a`}b\"}\"",
        "\"# <# '\"",
        "\"$(1 # )\n)\"",
    ] {
        assert_eq!(kinds(script), [Expandable], "{script}");
    }
    assert_eq!(reason("\"a $(b\""), SyntaxReason::Unended);
}

#[test]
fn here_strings_end_at_the_beginning_of_a_line_only() {
    assert_eq!(kinds("@'\nit's '@ no\n'@ + 1"), [HereString, Word, Word]);
    assert_eq!(kinds("@\"  \r\n $(\"\n\"\"@\") \r\n\"@"), [HereString]);
    assert_eq!(kinds("@'\n'@"), [HereString]);
    assert_eq!(reason("@'\na\n '@"), SyntaxReason::Unended);
    assert_eq!(reason("@' a\n'@"), SyntaxReason::HereStringHeader);
    assert_eq!(reason("@\"\na`\n\"@"), SyntaxReason::Backtick);
}

#[test]
fn comments_end_with_their_line_or_their_mark() {
    assert_eq!(kinds("# a 'b\nc"), [Comment, Newline, Word]);
    assert_eq!(kinds("<# a ' \n \" #> b"), [Comment, Word]);
    assert_eq!(kinds("(a)# b"), [Opening, Word, Closing, Comment]);
    assert_eq!(reason("<# a"), SyntaxReason::Unended);
}

#[test]
fn backticks_escape_a_character_or_continue_a_line() {
    assert_eq!(kinds("a `\n b"), [Word, Word]);
    assert_eq!(kinds("a`'b `$c"), [Word, Word]);
    for script in ["a` b", "a `", "a ` b", "a`\nb"] {
        assert_eq!(reason(script), SyntaxReason::Backtick, "{script:?}");
    }
}

#[test]
fn what_powershell_reads_in_two_ways_is_refused() {
    for script in ["a#b", "$x#b", "'a'#b", "a<#b#>", "a@'\nb\n'@", "$x=@'\nb\n'@"] {
        assert_eq!(reason(script), SyntaxReason::InsideWord, "{script:?}");
    }
    assert_eq!(reason("cmd --% 'a"), SyntaxReason::StopParsing);
    assert_eq!(reason("cmd –-% 'a"), SyntaxReason::StopParsing);
    assert_eq!(reason("a\u{a0}b"), SyntaxReason::OddBlank);
    assert_eq!(reason("a\0b"), SyntaxReason::OddBlank);
}

#[test]
fn brackets_close_in_order() {
    for script in ["(", "{ ( }", ")", "}", "@{", "$( { ) }"] {
        assert_eq!(reason(script), SyntaxReason::Unbalanced, "{script:?}");
    }
    assert_eq!(reason(&"(".repeat(100)), SyntaxReason::TooDeep);
    assert_eq!(reason(&"\"$(".repeat(5_000)), SyntaxReason::TooDeep);
}

#[test]
fn placeholders_are_tokens_in_code_and_text_elsewhere() {
    let found = tokens("$a = {{key}}; x{{b_2}}y '{{c}}' {{ d }} {{1}}").unwrap();
    let placeholders: Vec<_> =
        found.iter().filter(|it| it.kind == Placeholder).map(|it| (it.text, it.glued)).collect();
    assert_eq!(placeholders, [("{{key}}", false), ("{{b_2}}", true)]);
}

#[test]
fn a_fault_names_its_line() {
    assert_eq!(tokens("a\r\nb\n  'c").unwrap_err().to_string().split(':').next(), Some("line 3"));
}
