//! PowerShell's own parser agrees: a value is one constant string, and the script around it stays what it was. It is asked
//! where `pwsh` is installed.

use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::script::ParameterType;
use domain::script::generation::{Argument, generate};
use domain::script::template::TemplateContent;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::{nasty, template};

/// How many values are drawn.
const DRAWN: usize = 500;

/// The value in the three places where templates have one: assigned, as an argument, and behind an operator.
const BODY: &str = "$a = {{value}}\nGet-Item -LiteralPath {{value}} -Force\n$a -eq {{value}}\n";

/// Reads a script a line, in Base64; answers each with a line: how many errors, how many statements, how many commands, and
/// every constant string in single quotes, in Base64.
const ASKING: &str = r"
$ErrorActionPreference = 'Stop'
$utf8 = [System.Text.UTF8Encoding]::new($false)
foreach ($line in $input) {
    $text = $utf8.GetString([Convert]::FromBase64String($line))
    $tokens = $null; $errors = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($text, [ref]$tokens, [ref]$errors)
    $commands = @($tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true))
    $strings = @($tree.FindAll({
        $args[0] -is [System.Management.Automation.Language.StringConstantExpressionAst] -and
        $args[0].StringConstantType -eq 'SingleQuoted'
    }, $true) | ForEach-Object { [Convert]::ToBase64String($utf8.GetBytes($_.Value)) })
    $counts = @($errors.Count, $tree.EndBlock.Statements.Count, $commands.Count)
    [Console]::Out.WriteLine((@($counts) + $strings) -join ' ')
}
";

#[test]
#[expect(
    clippy::print_stderr,
    reason = "whoever reads the tests' output is to know that this one did nothing"
)]
fn the_real_parser_finds_one_constant_in_each_place_and_nothing_else_changed() {
    let mut runner = TestRunner::deterministic();
    let mut values: Vec<_> = (0..DRAWN).map(|_| nasty().new_tree(&mut runner).unwrap().current()).collect();
    values.extend(["'".repeat(16_000), "‘".repeat(5_000), "a".repeat(32_000), "$(calc)".to_owned()]);
    let mut template = template(ParameterType::String);
    template.content = TemplateContent { body: BODY.into(), ..template.content };
    let scripts: Vec<_> = values
        .iter()
        .filter_map(|value| {
            let argument = Argument { key: "value".into(), value: value.clone() };
            let generated = generate(&template, &[argument]).ok()?;
            Some((value, generated.text().to_owned()))
        })
        .collect();
    assert!(scripts.len() > 100, "{} of the values are taken", scripts.len());
    let Some(found) = parsed(scripts.iter().map(|(_, script)| script.as_str())) else {
        eprintln!("skipped: pwsh is not installed, so only our own tokenizer was asked");
        return;
    };
    assert_eq!(found.len(), scripts.len());
    for ((value, script), found) in scripts.iter().zip(found) {
        let (counts, strings) = found.split_at(3);
        assert_eq!(counts, ["0", "3", "1"], "errors, statements, commands of {script}");
        let strings: Vec<_> =
            strings.iter().map(|it| String::from_utf8(STANDARD.decode(it).unwrap()).unwrap()).collect();
        assert_eq!(strings, [value.as_str(); 3], "{script}");
    }
}

/// The words of each answer; none without PowerShell.
fn parsed<'a>(scripts: impl Iterator<Item = &'a str>) -> Option<Vec<Vec<String>>> {
    let mut powershell = Command::new("pwsh")
        .args(["-NoProfile", "-NonInteractive", "-Command", ASKING])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let lines: String = scripts.map(|script| STANDARD.encode(script) + "\n").collect();
    let mut stdin = powershell.stdin.take().unwrap();
    // Beside reading: neither side may wait for the other to make room.
    let writing = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = powershell.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success(), "{output:?}");
    let answers = String::from_utf8(output.stdout).unwrap();
    Some(answers.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect())
}
