//! What documentation says, and what can not be said through it.

use chrono::TimeDelta;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::*;
use crate::session::answer::Answer;
use crate::session::sample::*;
use crate::session::step::StepContent;

fn documentation(log: &Log) -> Documentation {
    Documentation::of(&log.view()).expect("documented")
}

#[test]
fn there_is_none_before_the_first_step_and_always_after_it() {
    // Rule 2.15.
    assert!(Documentation::of(&Log::started().with(requested(1)).view()).is_none());
    let asked = Log::started().with(presented(0, question("When?", &["Now", "Later"]), 0.5, true));
    for log in [asked.clone().with(paused()), asked.clone().with(escalated(1, None)), asked] {
        assert!(Documentation::of(&log.view()).is_some());
    }
}

#[test]
fn a_realistic_session_reads_as_its_golden_file() {
    let golden = include_str!("../../../tests/golden/documentation/account_lockout.md");
    assert_eq!(documentation(&realistic()).markdown(), golden);
}

#[test]
fn reading_twice_gives_the_same_bytes() {
    // Rule 2.15: the recorded time of the last event, not the time of reading.
    let log = realistic();
    let doc = documentation(&log);
    assert_eq!(doc.generated_at, log.events.last().expect("events").metadata.recorded_at);
    assert_eq!(doc.markdown(), documentation(&log).markdown());
}

#[test]
fn steps_are_numbered_from_one_with_notes() {
    // Rule 2.11.
    let doc = documentation(&realistic());
    assert_eq!(doc.steps.iter().map(|step| step.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!((doc.total_steps, doc.steps[3].kind), (7, StepKind::Note));
}

#[test]
fn responses_and_outcomes_follow_the_kind_of_answer() {
    // Rule 2.15.
    let with = |answer: Answer| {
        let asked = Log::started().with(presented(0, question("When?", &["Now", "Later"]), 0.5, true));
        let step = documentation(&asked.with(answered(0, answer))).steps.remove(0);
        (step.response, step.outcome)
    };
    assert_eq!(with(Answer::Option(option("Now"))), (Some("Now".to_owned()), None));
    assert_eq!(with(Answer::FreeText("Since noon".into())), (Some("Since noon".to_owned()), None));
    assert_eq!(with(Answer::Skipped), (Some("Skipped".to_owned()), None));
    assert_eq!(with(acted(true, "Seen")), (None, Some("Succeeded: Seen".to_owned())));
    assert_eq!(with(acted(false, "Gone")), (None, Some("Did not resolve: Gone".to_owned())));
}

#[test]
fn a_duration_is_told_only_once_closed() {
    // Rule 2.15.
    let open = Log::started().with(note(0, "Seen."));
    assert_eq!(documentation(&open).duration, None);
    let closed = open.after(185).with(resolved("Solved it.", None));
    assert_eq!(documentation(&closed).duration.as_deref(), Some("3h 5m"));
    let rated_later = closed.after(60).with(rated(5, None));
    assert_eq!(documentation(&rated_later).duration.as_deref(), Some("3h 5m"));
    assert_eq!(documentation(&rated_later.with(reopened())).duration, None);
}

#[test]
fn durations_are_told_in_days_hours_and_minutes() {
    let told = |seconds| wording::duration(TimeDelta::seconds(seconds));
    let expected = [
        (0, "<1m"),
        (59, "<1m"),
        (60, "1m"),
        (42 * 60 + 59, "42m"),
        (3600, "1h"),
        (3 * 3600 + 5 * 60, "3h 5m"),
        (86_400, "1d"),
        (2 * 86_400 + 3 * 3600 + 5 * 60, "2d 3h 5m"),
        (2 * 86_400 + 5 * 60, "2d 5m"),
        (-5, "<1m"),
    ];
    for (seconds, text) in expected {
        assert_eq!(told(seconds), text, "{seconds} seconds");
    }
}

#[test]
fn less_than_a_minute_reads_without_a_sign_that_must_be_escaped() {
    let closed = Log::started().with(note(0, "Seen.")).with(resolved("Solved it.", None));
    let doc = documentation(&closed);
    assert_eq!(doc.duration.as_deref(), Some("<1m"));
    assert!(doc.markdown().contains("- **Duration:** under 1m\n"), "{}", doc.markdown());
}

#[test]
fn an_analysis_and_a_briefing_read_as_lists_and_say_nothing_twice() {
    let view = realistic().view();
    let briefing = crate::session::analysis::briefing(&view);
    let mut doc = documentation(&realistic());
    doc.steps[4].description = briefing;
    let markdown = doc.markdown();
    assert!(markdown.contains("5. **Briefing**\n   - Escalated because: Needs somebody"), "{markdown}");
    assert!(
        markdown.contains("\n   - Tried so far:\n     - When did it start? → After a password change"),
        "{markdown}"
    );
    assert_eq!(markdown.matches("Account locks every twenty minutes").count(), 1, "{markdown}");
    assert_eq!(markdown.matches("Urgency").count(), 1, "{markdown}");
}

#[test]
fn nothing_pasted_into_an_analysis_or_a_briefing_becomes_more_than_text_in_a_list() {
    for text in HOSTILE {
        let mut doc = documentation(&realistic());
        doc.steps[0].description = format!("What I understood: {text}\nSymptoms:\n- {text}\nFlow: “{text}”");
        doc.steps[4].description = format!("Problem: {text}\nTried so far:\n- {text} → {text}\n{text}");
        let markdown = doc.markdown();
        let allowed = structure(&documentation(&realistic()).markdown());
        let lists = |part: &String| part.contains("Item") || part.contains("List");
        let others = |parts: Vec<String>| parts.into_iter().filter(|part| !lists(part)).collect::<Vec<_>>();
        assert_eq!(others(structure(&markdown)), others(allowed), "{text:?} in\n{markdown}");
        assert!(!looks_like_a_link(&prose(&markdown)), "{text:?} in\n{markdown}");
    }
}

#[test]
fn an_intake_is_summarised_in_at_most_500_characters_cut_at_a_word() {
    // Rule 2.15.
    let summary =
        |text: &str| documentation(&Log::new().with(start(Some(text))).with(note(0, "Seen."))).intake_summary;
    let long = "Drücker läuft ".repeat(60);
    let cut = summary(&long);
    assert!(cut.chars().count() <= 500, "{}", cut.chars().count());
    assert!(cut.ends_with("läuft…") || cut.ends_with("Drücker…"), "{cut}");
    let exact = "x".repeat(500);
    assert_eq!(summary(&exact), exact);
    let one_word = summary(&"y".repeat(900));
    assert_eq!((one_word.chars().count(), one_word.ends_with("y…")), (500, true));
}

#[test]
fn without_words_a_ticket_then_a_log_then_a_file_says_what_it_is_about() {
    // Rule 2.3's order, for the summary of an intake.
    let with = |change: &dyn Fn(&mut crate::session::intake::Intake)| {
        let mut event = start(None);
        if let crate::session::event::SessionEvent::Started(started) = &mut event {
            change(&mut started.intake);
        }
        Log::new().with(event)
    };
    let log_text = "10:00 service started\n10:01 ERROR 0x80070005 access denied\n10:02 stopped";
    let log = with(&|intake| intake.log = Some(log_text.into()));
    assert_eq!(intake_summary(&log.view()), "10:01 ERROR 0x80070005 access denied");
    let context = crate::session::event::TicketContext {
        summary: "Printer offline".into(),
        description: Some("Since Monday.".into()),
        facts: vec![].into(),
        redactions: vec![],
    };
    let both = with(&|intake| {
        intake.log = Some(log_text.into());
        intake.ticket = Some(ticket_ref());
    });
    assert_eq!(intake_summary(&both.view()), "10:01 ERROR 0x80070005 access denied");
    let captured = crate::session::event::SessionEvent::TicketContextCaptured(context);
    assert_eq!(intake_summary(&both.with(captured).view()), "Printer offline\nSince Monday.");
    let ticket_only = with(&|intake| intake.ticket = Some(ticket_ref()));
    assert_eq!(intake_summary(&ticket_only.view()), "Ticket 10234");
}

/// What somebody might paste to be more than text.
const HOSTILE: [&str; 46] = [
    "[click](https://evil.example/x)",
    "[click]( <https://evil.example/x> \"title\" )",
    "![pixel](https://evil.example/p.png)",
    "![a][b]\n\n[b]: https://evil.example/p.png",
    "[b]: https://evil.example/p.png\n[b]",
    "[javascript](javascript:alert(1))",
    "<https://evil.example>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</details><h1>owned</h1>",
    "<!-- hidden -->",
    "<![CDATA[x]]><?php ?>",
    "&lt;script&gt;&#60;b&#62;&copy;",
    "https://evil.example/a_b*c*",
    "http://evil.example.",
    "www.evil.example/path",
    "//evil.example/path",
    "evil.example",
    "mallory@evil.example",
    "mailto:mallory@evil.example",
    "@everyone look",
    "ftp://evil.example",
    "(see https://evil.example/a)",
    "# Owned",
    "Owned\n=====",
    "Owned\n-----",
    "text\n\n# Owned\n## Owned",
    "\r# Owned\r\n# Owned",
    "a\u{2028}# Owned\u{85}# Owned\u{b}# Owned",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "```\ncode\n```",
    "~~~sh\ncode\n~~~",
    "`code` ``more`` ```https://evil.example```",
    "    indented code\n\n\tindented too",
    "> quoted\n> more",
    "- item\n- item\n  + nested\n* star",
    "1. one\n2) two\n10. ten",
    "***\n---\n___\n- - -",
    "**bold** _em_ ~~gone~~ $x^2$ $$y$$",
    "[^1]\n\n[^1]: note https://evil.example",
    "- [ ] todo\n- [x] done",
    "term\n: definition",
    "\\[escaped\\](https://evil.example) \\`https://evil.example\\`",
    "ht\u{200b}tps://evil.exa\u{ad}mple \u{202e}gnp.live\u{202c} \u{2066}x\u{2069}",
    "\u{0}\u{7}\u{1b}[31mred\u{1b}[0m {#id .class} {{ x }}",
    "back\\\nslash \\\\ end\\",
];

/// A session in which the same text was pasted everywhere.
fn pasted(text: &str) -> Documentation {
    let mut class = classified();
    if let crate::session::event::SessionEvent::IntakeClassified(it) = &mut class {
        it.classification.summary = text.into();
    }
    let mut log = Log::new()
        .with(start(Some(text)))
        .with(class)
        .with(presented(0, question(text, &[text, "No"]), 0.5, true))
        .with(answered(0, Answer::Option(option(text))))
        .with(presented(1, StepContent::Action(action(text)), 0.5, true))
        .with(answered(1, acted(false, text)))
        .with(presented(2, question(text, &["Yes", "No"]), 0.5, true))
        .with(answered(2, Answer::FreeText(text.into())))
        .with(note(3, text))
        .with(escalated(1, None))
        .with(recalled(1))
        .with(resolved(text, None));
    log = log.with(rated(5, Some(text)));
    let mut doc = documentation(&log);
    doc.ticket = Some(text.to_owned());
    doc.flow = Some(text.to_owned());
    doc.follow_ups = vec![text.to_owned()];
    doc.reopenings = vec![text.to_owned()];
    doc.resolution_action = Some(text.to_owned());
    let escalation = doc.escalation.as_mut().expect("escalated");
    for items in [&mut escalation.hypotheses, &mut escalation.next_steps, &mut escalation.ruled_out] {
        *items = vec![text.to_owned()];
    }
    escalation.reason = text.to_owned();
    escalation.outcome = text.to_owned();
    doc
}

/// How Markdown is built: what begins in it, text and code left out.
fn structure(markdown: &str) -> Vec<String> {
    let events = Parser::new_ext(markdown, Options::all());
    let told = events.filter_map(|event| match event {
        Event::Text(_)
        | Event::Code(_)
        | Event::SoftBreak
        | Event::HardBreak
        | Event::End(_)
        | Event::Start(Tag::Paragraph) => None,
        other => Some(format!("{other:?}")),
    });
    told.collect()
}

/// All text outside code, as a renderer that looks for links afterwards would see it.
fn prose(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, Options::all());
    let told = events.filter_map(|event| match event {
        Event::Text(text) => Some(text.into_string()),
        Event::Code(_) => Some("\u{fffc}".to_owned()),
        Event::SoftBreak | Event::HardBreak | Event::Start(_) => Some("\n".to_owned()),
        _ => None,
    });
    told.collect()
}

fn looks_like_a_link(prose: &str) -> bool {
    let link = regex::Regex::new(r"(?i)://|//\w|www\.|@\w|\w\.[a-z]{2,}").expect("a pattern");
    link.is_match(prose)
}

#[test]
fn nothing_pasted_becomes_more_than_text() {
    // Rule 2.15.
    let harmless = structure(&pasted("harmless").markdown());
    for text in HOSTILE {
        let markdown = pasted(text).markdown();
        assert_eq!(structure(&markdown), harmless, "{text:?} in\n{markdown}");
        assert!(!looks_like_a_link(&prose(&markdown)), "{text:?} in\n{markdown}");
        assert!(!markdown.contains("<script") && !markdown.contains("<img"), "{markdown}");
        let unseen = ['\u{200b}', '\u{202e}', '\u{2066}', '\u{ad}', '\u{0}', '\u{1b}', '\r'];
        assert!(!markdown.contains(unseen), "{text:?}");
    }
}

#[test]
fn the_hostile_texts_would_do_something_if_they_were_not_escaped() {
    let inert = HOSTILE.iter().filter(|text| structure(text).is_empty() && !looks_like_a_link(&prose(text)));
    // Entities, table-less definitions and the like, which only some renderers know.
    assert!(inert.count() <= 6);
}

#[test]
fn what_was_pasted_can_still_be_read() {
    let shown = |text: &str| prose(&pasted(text).markdown());
    for text in ["a < b && c > d", "C:\\Temp\\*_old_*", "[x](y) #1 | {a} ~ $env", "1. one", "- dash", "R&D"] {
        assert!(shown(text).contains(text), "{text} in {}", shown(text));
    }
    let markdown = pasted("see (https://kb.example/a?b=1).").markdown();
    assert!(markdown.contains("see (`https://kb.example/a?b=1`)."), "{markdown}");
    // Abbreviations and numbers are no host names.
    for text in ["e.g. 3.5 GB", "z.B. am 3.3.2025", "Done. Next"] {
        assert!(!pasted(text).markdown().contains('`'), "{text}");
    }
}

#[test]
fn a_script_stays_inside_its_code_block_and_hides_nothing() {
    let mut doc = documentation(&realistic());
    doc.scripts[0].body =
        "Write-Output 'a'\n`````\n# Owned\n[x](https://evil.example)\u{202e}\r\n~~~".to_owned();
    let markdown = doc.markdown();
    assert_eq!(structure(&markdown), structure(&documentation(&realistic()).markdown()));
    assert!(markdown.contains("``````powershell\n") && markdown.contains("<U+202E>"), "{markdown}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_pasted_the_structure_stays(
        text in r"[\[\]()<>!#*_`~|\\&;:/.@$={}+ \-\n\r\tawht1x]{1,40}",
    ) {
        // A text that leaves nothing to show leaves its place out, so it always says a word.
        let markdown = pasted(&format!("w {text}")).markdown();
        prop_assert_eq!(structure(&markdown), structure(&pasted("w").markdown()), "{}", markdown);
        prop_assert!(!looks_like_a_link(&prose(&markdown)), "{}", markdown);
        let first = pasted(&format!("{text} w")).markdown();
        prop_assert_eq!(structure(&first), structure(&pasted("w").markdown()), "{}", first);
    }
}
