use std::collections::HashSet;

use super::*;

const SMALL: &str = "<#---
name: List the queues
category: Printing
parameters:
  - {key: server, label: Print server, type: HOSTNAME}
  - {key: most, label: At most, type: INTEGER, required: false, default: \"5\"}
---#>

Get-Printer -ComputerName {{server}} | Select-Object -First {{most}}
";

fn fault(text: &str) -> String {
    read("small.ps1", text).expect_err("it should be refused").to_string()
}

#[test]
fn a_file_is_a_head_and_a_body() {
    let script = read("small.ps1", SMALL).unwrap();
    assert_eq!((script.slug.as_str(), script.content.name.as_str()), ("small", "List the queues"));
    assert_eq!(script.content.body, "Get-Printer -ComputerName {{server}} | Select-Object -First {{most}}\n");
    let kinds: Vec<_> = script.content.parameters.iter().map(|it| (it.kind, it.required)).collect();
    assert_eq!(kinds, [(ParameterType::Hostname, true), (ParameterType::Integer, false)]);
    assert_eq!(read("small.ps1", &SMALL.replace('\n', "\r\n")).unwrap(), script);
}

#[test]
fn what_is_wrong_is_said_with_the_file() {
    assert!(fault("Get-Printer").starts_with("small.ps1: it must begin with"));
    assert!(fault(&SMALL.replace("label:", "lable:")).contains("lable"));
    assert!(fault(&SMALL.replace("{{server}}", "{{sever}}")).contains("names no parameter"));
}

#[test]
fn the_starter_scripts_are_many_explained_and_different() {
    let scripts = starter_scripts();
    assert!(scripts.len() >= 8, "only {} scripts", scripts.len());
    for script in scripts {
        let content = &script.content;
        assert!(content.description.is_some() && content.category.is_some(), "{}", script.slug);
        let comments = content.body.lines().filter(|line| line.trim_start().starts_with('#')).count();
        assert!(comments >= 3, "{} explains too little", script.slug);
    }
    let slugs: HashSet<_> = scripts.iter().map(|script| &script.slug).collect();
    let names: HashSet<_> = scripts.iter().map(|script| &script.content.name).collect();
    assert_eq!((slugs.len(), names.len()), (scripts.len(), scripts.len()));
}

/// What deletes, stops or sets something only says so unless it is told otherwise.
#[test]
fn what_changes_something_is_tried_out_first() {
    const CHANGING: [&str; 13] = [
        "Set-ADAccountPassword -",
        "Set-ADUser -",
        "Unlock-ADAccount -",
        "Test-ComputerSecureChannel -Repair",
        "Remove-PrintJob -",
        "Remove-Item",
        "Rename-Item -",
        "Stop-Service -",
        "Start-Service -",
        "Restart-Service",
        "Disable-InboxRule -",
        "Update-MgUser -",
        "Revoke-MgUserSignInSession -",
    ];
    let mut changing = HashSet::new();
    for script in starter_scripts() {
        for line in script.content.body.lines().filter(|line| CHANGING.iter().any(|it| line.contains(it))) {
            assert!(line.contains("-WhatIf:$whatIf"), "{}: {line}", script.slug);
            changing.insert(&script.slug);
        }
        if changing.contains(&script.slug) {
            assert!(script.content.body.contains("$whatIf = {{whatIf}}"), "{}", script.slug);
            let what_if = script.content.parameters.iter().find(|it| it.key == "whatIf").unwrap();
            assert_eq!(what_if.default.as_deref(), Some("true"), "{} changes things by default", script.slug);
        }
    }
    assert!(changing.len() >= 5, "{changing:?}");
}
