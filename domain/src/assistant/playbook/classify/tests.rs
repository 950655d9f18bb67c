use super::*;
use crate::session::intake::{AttachmentRef, IntakeType, TicketRef};

fn words(text: &str) -> Intake {
    Intake {
        kind: IntakeType::FreeText,
        text: (!text.is_empty()).then(|| text.into()),
        log: None,
        attachments: vec![],
        ticket: None,
        redactions: vec![],
    }
}

fn ticket() -> TicketContext {
    TicketContext {
        summary: "Printer on floor 3 is offline".into(),
        description: None,
        facts: vec!["Priority: Critical".to_owned()].into(),
        redactions: vec![],
    }
}

#[test]
fn everyday_words_find_their_domain_in_english_and_german() {
    for (text, domain) in [
        ("locked out again since she changed her password", ProblemDomain::ActiveDirectory),
        ("Konto von Frau Schulz ist gesperrt", ProblemDomain::ActiveDirectory),
        ("no ip address in the training room, 169.254.3.4", ProblemDomain::Networking),
        ("VPN tunnel to the branch drops", ProblemDomain::Networking),
        ("Outlook keeps asking for a password", ProblemDomain::M365),
        ("Laptop geht nicht an, Netzteil getauscht", ProblemDomain::Hardware),
        ("Windows updates fail with 0x80070643", ProblemDomain::Endpoint),
        ("Anmeldung dauert ewig am Rechner", ProblemDomain::Endpoint),
        ("vcenter: datastore full, VMs paused", ProblemDomain::Virtualization),
        ("all files are encrypted, ransom note", ProblemDomain::Security),
        ("Datensicherung fehlgeschlagen, VSS Fehler", ProblemDomain::Backup),
        ("our mails bounce with 550 5.7.26", ProblemDomain::Email),
        ("Der Netzwerkdrucker druckt nicht", ProblemDomain::Printing),
        ("Azure VM not reachable by RDP", ProblemDomain::Cloud),
        ("the time clock shows wrong hours", ProblemDomain::Other),
    ] {
        assert_eq!(classify(&words(text), None).domain, domain, "{text}");
    }
}

#[test]
fn impact_decides_urgency_and_no_rush_means_low() {
    for (text, urgency) in [
        ("nobody can work, the server is down", Urgency::Critical),
        ("Produktion steht", Urgency::Critical),
        ("the CEO needs it ASAP", Urgency::High),
        ("several users cannot print", Urgency::High),
        ("one printer prints stripes", Urgency::Medium),
        ("not urgent, but the icon is wrong", Urgency::Low),
        ("nicht dringend", Urgency::Low),
    ] {
        assert_eq!(classify(&words(text), None).urgency, urgency, "{text}");
    }
}

#[test]
fn symptoms_are_the_intake_s_own_words_and_codes() {
    let told =
        "Hello, Anna is locked out again. We changed her password on Monday, event 4740 shows EXCH01. Thanks";
    let symptoms = classify(&words(told), None).key_symptoms;
    assert_eq!(symptoms.as_slice(), ["Anna is locked out again", "event 4740 shows EXCH01"]);
}

#[test]
fn symptoms_are_few_short_and_told_once() {
    let many = "It fails again. ".repeat(3)
        + &"It crashes here, it hangs there, it stops, it drops it, it freezes. ".repeat(20);
    let long = format!("error {}", "word ".repeat(200));
    assert!(classify(&words(&many), None).key_symptoms.len() <= 5);
    assert!(classify(&words(&long), None).key_symptoms.iter().all(|symptom| symptom.chars().count() <= 120));
}

#[test]
fn a_sentence_broken_by_a_line_is_one_symptom_and_placeholders_are_none() {
    let told = "Each time she opens the share she is locked out with \"the\nreferenced account is currently locked out\". \
                For you: the password [REDACTED:password:0123abcd] fails too. Should I reset it?";
    let symptoms = classify(&words(told), None).key_symptoms;
    assert_eq!(
        symptoms.as_slice(),
        ["Each time she opens the share she is locked out", "the referenced account is currently locked out"]
    );
}

#[test]
fn of_a_log_one_trimmed_line_and_two_codes_are_told() {
    let mut intake = words("The backup of SRV-ERP failed again last night");
    let lines = "2026-11-17 10:02:11 ERROR writer timed out, state failed\n".repeat(50);
    intake.log = Some(format!("{lines}Event ID: 24583\nhr = 0x80040e14\nhr = 0x80040e15\n").into());
    assert_eq!(
        classify(&intake, None).key_symptoms.as_slice(),
        [
            "The backup of SRV-ERP failed again last night",
            "ERROR writer timed out, state failed",
            "Event ID 24583",
            "0x80040e14"
        ]
    );
}

#[test]
fn the_summary_is_the_first_telling_sentence_without_greeting_and_secret() {
    for (told, summary) in [
        ("Hi all,\nthe printer is offline.", "the printer is offline"),
        ("We have a new colleague. Her Outlook hangs at start. Regards", "Her Outlook hangs at start"),
        ("The password [REDACTED:password:0123abcd] is for you. RDP fails.", "RDP fails"),
        ("Login with [REDACTED:password:0123abcd] fails", "Login with … fails"),
        ("please look at the plotter", "please look at the plotter"),
    ] {
        assert_eq!(*classify(&words(told), None).summary, summary, "{told}");
    }
}

#[test]
fn the_summary_is_one_line_of_at_most_120_characters_cut_at_a_word() {
    let summary = classify(&words(&"Drucker für  Äpfel ".repeat(30)), None).summary;
    assert!(summary.chars().count() <= 120 && !summary.contains('\n'), "{}", *summary);
    assert!(
        summary.ends_with("für…") || summary.ends_with("Äpfel…") || summary.ends_with("Drucker…"),
        "{}",
        *summary
    );
    assert_eq!(*classify(&words("short"), None).summary, "short");
    let unbroken = classify(&words(&"x".repeat(500)), None).summary;
    assert_eq!(unbroken.chars().count(), 120);
}

#[test]
fn without_text_the_summary_comes_from_the_ticket_then_the_log_then_the_screenshot() {
    let mut intake = words("");
    intake.log = Some("2024-01-01 INFO started\n2024-01-01 ERROR disk full\n".into());
    intake.attachments = vec![AttachmentRef {
        id: crate::id::AttachmentId(uuid::Uuid::nil()),
        file_name: "outlook-error.png".into(),
        media_type: "image/png".into(),
        size_bytes: 1,
    }];
    intake.ticket = Some(TicketRef { connection: None, ticket_id: "4711".into() });
    assert_eq!(*classify(&intake, Some(&ticket())).summary, "Printer on floor 3 is offline");
    assert_eq!(*classify(&intake, None).summary, "ERROR disk full");
    intake.log = None;
    assert_eq!(*classify(&intake, None).summary, "outlook-error.png");
    intake.attachments.clear();
    assert_eq!(*classify(&intake, None).summary, "Ticket 4711");
}

#[test]
fn a_ticket_s_words_count_for_domain_and_urgency() {
    let classification = classify(&words(""), Some(&ticket()));
    assert_eq!((classification.domain, classification.urgency), (ProblemDomain::Printing, Urgency::Critical));
}

#[test]
fn the_fallback_guesses_nothing() {
    let text = format!("ransomware! {}", "a".repeat(200));
    let fallback = fallback_classification(&words(&text), None);
    assert_eq!((fallback.domain, fallback.urgency), (ProblemDomain::Other, Urgency::Medium));
    assert!(fallback.key_symptoms.is_empty());
    assert_eq!(*fallback.summary, text.chars().take(120).collect::<String>());
}

#[test]
fn a_huge_log_of_any_characters_is_read_in_part() {
    let mut intake = words("");
    intake.log = Some("ä".repeat(600_000).into());
    let classification = classify(&intake, None);
    assert!(classification.summary.chars().count() <= 120);
}
