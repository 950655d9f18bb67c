use super::*;
use crate::script::powershell::SyntaxReason;

fn parameter(key: &str, kind: ParameterType) -> Parameter {
    Parameter {
        key: key.into(),
        label: "Label".into(),
        kind,
        required: true,
        default: None,
        options: if kind == ParameterType::Enum { vec!["a".into()] } else { vec![] },
        help: None,
    }
}

fn template(body: &str, parameters: Vec<Parameter>) -> TemplateContent {
    let (name, body) = ("Name".into(), body.into());
    TemplateContent { name, description: None, category: None, team: None, body, parameters }
}

fn faults(content: TemplateContent) -> Vec<TemplateFault> {
    checked(content).err().unwrap_or_default()
}

fn place(body: &str) -> Option<Misplaced> {
    match faults(template(body, vec![parameter("x", ParameterType::String)])).as_slice() {
        [] => None,
        [TemplateFault::Place { place, .. }] => Some(*place),
        other => panic!("{body}: {other:?}"),
    }
}

// Rule 8.2.
#[test]
fn a_placeholder_stands_only_where_a_literal_may() {
    use Misplaced::*;
    for body in [
        "Get-Item {{x}}",
        "$a = {{x}}",
        "$a = {{x}};",
        "Get-Item -Path {{x}} | Out-Null",
        "$a = @({{x}}, 1)",
        "$a = @(\n  {{x}},\n  2\n)",
        "if ($a -eq {{x}}) { 1 }",
        "@{ Name = {{x}} }",
        "$a =\n  {{x}}",
        "& $tool {{x}}",
        "foo {{x}}\n",
        "foo `\n  -Name {{x}} `\n  -Force",
        "$a.Contains({{x}})",
        "return {{x}}",
        "\"$a\" -replace {{x}}, 'b'",
    ] {
        assert_eq!(place(body), None, "{body}");
    }
    let refused = [
        ("'{{x}}'", String),
        ("\"{{x}}\"", String),
        ("“{{x}}„", String),
        ("‘{{x}}‛", String),
        ("\"a $(Get-Item {{x}}) b\"", String),
        ("@'\n{{x}}\n'@", HereString),
        ("@\"\n$(foo {{x}})\n\"@", HereString),
        ("# {{x}}", Comment),
        ("<# {{x}} #>", Comment),
        ("foo-{{x}}", Glued),
        ("foo {{x}}.txt", Glued),
        ("foo C:\\{{x}}", Glued),
        ("foo -Name:{{x}}", Glued),
        ("$a={{x}}", Glued),
        ("foo {{x}}'a'", Glued),
        ("foo {{x}}$a", Glued),
        ("foo 'a'{{x}}", Glued),
        ("foo (1){{x}}", Glued),
        ("{{x}}", Command),
        ("{{x}} -Force", Command),
        ("foo\n{{x}}", Command),
        ("foo; {{x}}", Command),
        ("foo | {{x}}", Command),
        ("& {{x}}", Command),
        (". {{x}}", Command),
        ("if (1) { {{x}} }", Command),
        ("@{ {{x}} = 1 }", Command),
        ("# a comment\n{{x}}", Command),
        ("$a = 1\n{{x}}", Command),
    ];
    for (body, expected) in refused {
        assert_eq!(place(body), Some(expected), "{body}");
    }
    // A name in braces ends with the first of them; an escaped one opens nothing.
    for body in ["$a = ${{{x}}}", "foo `{{x}}"] {
        let faults = faults(template(body, vec![parameter("x", ParameterType::String)]));
        assert!(matches!(faults.as_slice(), [TemplateFault::Syntax(_)]), "{body}: {faults:?}");
    }
    assert_eq!(faults(template("foo {{x}}{{x}}", vec![parameter("x", ParameterType::String)])).len(), 2);
}

#[test]
fn every_placeholder_is_declared_and_every_parameter_used() {
    let unknown = faults(template("foo {{y}}", vec![]));
    assert_eq!(unknown, [TemplateFault::UnknownPlaceholder { line: 1, key: "y".into() }]);
    let unused = faults(template("foo", vec![parameter("x", ParameterType::String)]));
    assert_eq!(unused, [TemplateFault::Unused("x".into())]);
    // Case counts; keys that differ in nothing else are refused.
    let twice = vec![parameter("x", ParameterType::String), parameter("X", ParameterType::String)];
    let twice = faults(template("foo {{x}} {{X}}", twice));
    assert_eq!(twice, [TemplateFault::Parameter(DeclarationFault::Twice("X".into()))]);
}

#[test]
fn what_runs_text_as_code_is_refused() {
    for body in [
        "Invoke-Expression $a",
        "iex $a",
        "I`ex $a",
        "[ScriptBlock]::Create($a)",
        "$ExecutionContext.InvokeCommand.ExpandString($a)",
        "\"$(iex $a) invoke-expression\"",
    ] {
        let faults = faults(template(body, vec![]));
        assert!(matches!(faults.as_slice(), [TemplateFault::Evaluates { .. }]), "{body}: {faults:?}");
    }
    assert_eq!(faults(template("Get-Help 'Invoke-Expression' # iex", vec![])), []);
}

#[test]
fn a_script_that_asks_for_secrets_does_not_begin_with_a_block() {
    let secret = || vec![parameter("pin", ParameterType::Secret)];
    for body in [
        "param()\nfoo {{pin}}",
        "# a\n[CmdletBinding()]\nparam()\nfoo {{pin}}",
        "using module X\nfoo {{pin}}",
    ] {
        let faults = faults(template(body, secret()));
        assert!(matches!(faults.as_slice(), [TemplateFault::SecretBeforeBlock(_)]), "{body}: {faults:?}");
    }
    assert_eq!(faults(template("#Requires -Version 5.1\nfoo {{pin}}", secret())), []);
}

#[test]
fn texts_are_bounded_and_seen() {
    let bad = |change: fn(&mut TemplateContent)| {
        let mut content = template("foo", vec![]);
        change(&mut content);
        faults(content)
    };
    assert_eq!(bad(|it| it.name = " ".into()), [TemplateFault::Name]);
    assert_eq!(bad(|it| it.name = "a\nb".into()), [TemplateFault::Name]);
    assert_eq!(bad(|it| it.category = Some("x".repeat(101))), [TemplateFault::Category]);
    assert_eq!(bad(|it| it.description = Some("a\u{202e}b".into())), [TemplateFault::Description]);
    assert_eq!(bad(|it| it.body = " \n".into()), [TemplateFault::EmptyBody]);
    assert_eq!(bad(|it| it.body = "x".repeat(MAX_BODY + 1)), [TemplateFault::LongBody]);
    assert_eq!(bad(|it| it.body = "a\nb\u{200b}".into()), [TemplateFault::Unseen { line: 2 }]);
    let unended = bad(|it| it.body = "'a".into());
    assert_eq!(unended, [TemplateFault::Syntax(SyntaxFault { line: 1, reason: SyntaxReason::Unended })]);
    let stored = checked(template("foo\r\nbar", vec![])).unwrap();
    assert_eq!(stored.body, "foo\nbar");
}

#[test]
fn declarations_are_checked() {
    let fault = |change: fn(&mut Parameter)| {
        let mut parameter = parameter("x", ParameterType::Enum);
        change(&mut parameter);
        faults(template("foo {{x}}", vec![parameter]))
    };
    assert_eq!(fault(|_| ()), []);
    let declared = |fault| vec![TemplateFault::Parameter(fault)];
    assert_eq!(fault(|it| it.label = "a\nb".into()), declared(DeclarationFault::Label("x".into())));
    assert_eq!(fault(|it| it.options.clear()), declared(DeclarationFault::Options("x".into())));
    assert_eq!(fault(|it| it.options.push("a".into())), declared(DeclarationFault::Options("x".into())));
    assert_eq!(
        fault(|it| it.kind = ParameterType::Guid),
        declared(DeclarationFault::NeedlessOptions("x".into()))
    );
    assert_eq!(fault(|it| it.help = Some("x".repeat(1_001))), declared(DeclarationFault::Help("x".into())));
    assert!(matches!(
        fault(|it| it.default = Some("b".into())).as_slice(),
        [TemplateFault::Parameter(DeclarationFault::Default { .. })]
    ));
    let mut secret = parameter("x", ParameterType::Secret);
    secret.default = Some("hunter2".into());
    let faults_of_secret = faults(template("foo {{x}}", vec![secret]));
    assert_eq!(faults_of_secret, declared(DeclarationFault::SecretDefault("x".into())));
    for key in ["", "1a", "a b", "a-b", "ä", &"x".repeat(65)] {
        let faults = faults(template("foo", vec![parameter(key, ParameterType::String)]));
        assert!(
            faults.iter().any(|it| matches!(it, TemplateFault::Parameter(DeclarationFault::Key(_)))),
            "{key}"
        );
    }
}
