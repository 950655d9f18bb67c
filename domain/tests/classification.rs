//! Holds the playbook's classification against the examples and against sentences as people write them (rule 2.3).

use domain::assistant::playbook::classify;
use domain::problem::Classification;
use domain::problem::Urgency::{self, Critical, High, Low, Medium};
use domain::redaction::Redactor;
use domain::session::intake::{Intake, IntakeType};

/// Every example with how urgent a dispatcher would call it.
const EXAMPLES: [(&str, Urgency, &str); 18] = [
    ("account-lockout", High, include_str!("../../examples/account-lockout.yaml")),
    ("azure-server-unreachable", High, include_str!("../../examples/azure-server-unreachable.yaml")),
    ("backup-sql-writer", High, include_str!("../../examples/backup-sql-writer.yaml")),
    ("badge-encoder-wrong-numbers", High, include_str!("../../examples/badge-encoder-wrong-numbers.yaml")),
    ("branch-vpn-drops-hourly", High, include_str!("../../examples/branch-vpn-drops-hourly.yaml")),
    ("invoices-bounce-at-gmail", High, include_str!("../../examples/invoices-bounce-at-gmail.yaml")),
    ("laptop-dead-at-the-desk", High, include_str!("../../examples/laptop-dead-at-the-desk.yaml")),
    (
        "machines-paused-datastore-full",
        High,
        include_str!("../../examples/machines-paused-datastore-full.yaml"),
    ),
    ("no-address-in-training-room", High, include_str!("../../examples/no-address-in-training-room.yaml")),
    (
        "outlook-asks-again-and-again",
        Medium,
        include_str!("../../examples/outlook-asks-again-and-again.yaml"),
    ),
    ("printer-0x0000011b", Medium, include_str!("../../examples/printer-0x0000011b.yaml")),
    ("ransom-note-on-file-server", Critical, include_str!("../../examples/ransom-note-on-file-server.yaml")),
    (
        "slow-logon-after-server-move",
        Medium,
        include_str!("../../examples/slow-logon-after-server-move.yaml"),
    ),
    ("strange-mails-from-the-boss", High, include_str!("../../examples/strange-mails-from-the-boss.yaml")),
    ("trust-lost-after-restore", Medium, include_str!("../../examples/trust-lost-after-restore.yaml")),
    ("update-0x80070643", Medium, include_str!("../../examples/update-0x80070643.yaml")),
    ("voip-one-way-audio", Medium, include_str!("../../examples/voip-one-way-audio.yaml")),
    ("website-not-found-inside", Medium, include_str!("../../examples/website-not-found-inside.yaml")),
];

const SENTENCES: [(&str, Urgency); 34] = [
    ("Nobody can log on since the restart of the domain controller", Critical),
    ("Niemand kann arbeiten, der Server ist ausgefallen", Critical),
    ("Produktion steht, die Waagen drucken keine Etiketten", Critical),
    ("All files on the share are encrypted", Critical),
    ("The whole company is without internet", Critical),
    ("Our file server is down", Critical),
    ("Nobody can RDP to the terminal server", High),
    ("Niemand aus dem Lager? Doch: 12 Mitarbeiter kommen nicht ins WLAN", High),
    ("35 participants sit in the course and get no address. Please quick!", High),
    ("The update fails on about 40 laptops", High),
    ("60 invoices came back as undeliverable, accounting wants to know what to do", High),
    ("Alle Rechnungen kommen zurück, Fehler 550 5.7.26", High),
    ("Outlook hängt, ich habe um 10 eine Präsentation. Bitte schnell!", High),
    ("My laptop won't start and I have a presentation at 11", High),
    ("The CEO cannot print", High),
    ("Das ganze Büro ist ohne Telefon, Ausfall seit 8 Uhr", High),
    ("Month end closing fails with an error", High),
    ("Our ten tills are offline", High),
    ("A user clicked a phishing link", High),
    ("Her account keeps locking", Medium),
    ("Drucker im Lager druckt Streifen", Medium),
    ("Two users cannot open the calendar", Medium),
    ("The other 9 machines are fine, only this one fails", Medium),
    ("All Windows 11 laptops are fine, but hers hangs", Medium),
    ("The second monitor flickers, she wants to know why", Medium),
    ("It has failed every 20 minutes since Monday", Medium),
    ("Not urgent, but 30 users see the old logo", Low),
    ("Eilt nicht: das Symbol fehlt", Low),
    ("No rush, one printer prints stripes", Low),
    ("Can you quote 10 licences of Visio", Low),
    ("Bitte 20 Headsets bestellen", Low),
    ("She would like to know how to add a signature", Low),
    ("Kurze Frage: wie ändere ich meine Signatur?", Low),
    ("Please set up a new employee starting next month", Low),
];

fn intake(text: Option<String>, log: Option<String>) -> Intake {
    Intake {
        kind: IntakeType::FreeText,
        text: text.map(Into::into),
        log: log.map(Into::into),
        attachments: vec![],
        ticket: None,
        redactions: vec![],
    }
}

/// As it is done for a session: redacted first.
fn classified(file: &str) -> Classification {
    let example: serde_json::Value = serde_saphyr::from_str(file).expect("an example is valid YAML");
    let redactor = Redactor::new(b"key");
    let part = |name: &str| example["intake"][name].as_str().map(|text| redactor.redact(text).text);
    classify(&intake(part("text"), part("log")), None)
}

fn symptoms_of(name: &str) -> Vec<String> {
    let (_, _, file) = EXAMPLES.iter().find(|(known, ..)| *known == name).expect("an example");
    classified(file).key_symptoms.into_inner()
}

#[test]
fn each_example_is_as_urgent_as_a_dispatcher_would_call_it() {
    let wrong: Vec<_> = EXAMPLES
        .iter()
        .map(|(name, expected, file)| (name, expected, classified(file).urgency))
        .filter(|(_, expected, urgency)| *expected != urgency)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_sentence_about_impact_decides_how_urgent_it_is() {
    let urgency = |text: &str| classify(&intake(Some(text.to_owned()), None), None).urgency;
    let wrong: Vec<_> = SENTENCES
        .iter()
        .map(|(text, expected)| (text, expected, urgency(text)))
        .filter(|(_, expected, urgency)| *expected != urgency)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_example_has_a_few_short_symptoms_of_whole_words() {
    for (name, _, file) in EXAMPLES {
        let symptoms = classified(file).key_symptoms;
        assert!((1..=5).contains(&symptoms.len()), "{name}: {symptoms:?}");
        for symptom in symptoms.iter() {
            let words =
                symptom.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
            let code = symptom.contains(|c: char| c.is_ascii_digit());
            assert!(words <= 12 && (words >= 3 || code), "{name}: {symptom}");
            assert!(symptom.chars().count() <= 120 && !symptom.contains('\n'), "{name}: {symptom}");
            assert!(
                !symptom.contains("REDACTED") && symptom.matches('"').count() % 2 == 0,
                "{name}: {symptom}"
            );
        }
    }
}

#[test]
fn symptoms_are_whole_observations_in_the_intake_s_words() {
    assert_eq!(
        symptoms_of("account-lockout"),
        [
            "Anna Berger in accounting has been locked out again",
            "Since then it happens about every twenty minutes",
            "the referenced account is currently locked out",
        ]
    );
    assert_eq!(
        symptoms_of("branch-vpn-drops-hourly"),
        [
            "Branch in Kassel loses connection to head office about once an hour",
            "ERP sessions die each time",
            "no proposal chosen (PFS group mismatch)",
        ]
    );
    assert_eq!(
        symptoms_of("laptop-dead-at-the-desk"),
        ["my laptop won't turn on", "no light, no fan, nothing"]
    );
    assert!(symptoms_of("update-0x80070643")[0].ends_with("Windows-Update fehl, Fehler 0x80070643"));
    assert!(
        symptoms_of("azure-server-unreachable")[1]
            .contains("Remote Desktop can't connect to the remote computer")
    );
}

#[test]
fn each_example_has_a_summary_that_could_be_written_on_a_board() {
    for (name, _, file) in EXAMPLES {
        let summary = classified(file).summary;
        assert!((20..=120).contains(&summary.chars().count()), "{name}: {}", *summary);
        assert!(!summary.contains("REDACTED") && !summary.contains('\n'), "{name}: {}", *summary);
    }
    let summary = |wanted: &str| {
        let (_, _, file) = EXAMPLES.iter().find(|(name, ..)| *name == wanted).expect("an example");
        classified(file).summary.into_inner()
    };
    assert_eq!(
        summary("azure-server-unreachable"),
        "Since we moved into the new office on Friday nobody can RDP to the Azure VM (vm-lexware-01)"
    );
    assert_eq!(
        summary("printer-0x0000011b"),
        "new pc of Mr. Haddad can't add the printer from our print server (0x0000011b)"
    );
    assert_eq!(
        summary("outlook-asks-again-and-again"),
        "mein outlook fragt nach Kennwort, immer wieder, alle paar minuten"
    );
}
