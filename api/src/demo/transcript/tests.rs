//! The transcript of a small canned conversation.

use serde_json::json;

use super::*;

fn session() -> Session {
    serde_json::from_value(json!({
        "id": "019a8f00-0000-7000-8000-00000000000a",
        "status": "ACTIVE",
        "problemSummary": "Printer on the second floor prints nothing",
        "problemDomain": "PRINTING",
        "keySymptoms": ["prints nothing", "since the update"],
        "urgency": "HIGH",
        "assistant": "IDLE",
        "assistantError": null,
        "stepCount": 1,
        "intake": {
            "text": "The printer prints nothing.\nThe admin's password is [PASSWORD-1].",
            "logContent": "Event ID: 372",
            "redactions": [{ "kind": "PASSWORD", "count": 1 }],
        },
        "match": {
            "flow": { "id": "019a8f00-0000-7000-8000-00000000000b", "name": "Printer queues and drivers" },
            "flowVersion": 1,
            "score": 0.874,
            "reason": "shares printer and driver",
        },
        "currentStep": {
            "id": "019a8f00-0000-7000-8000-00000000000c",
            "kind": "QUESTION",
            "text": "Who cannot print?",
            "contextMessage": "Look at the queue first.",
            "allowFreeText": true,
            "allowSkip": true,
            "confidenceScore": 0.874,
            "confidenceTier": "GUIDED",
            "madeBy": "playbook",
            "options": [
                { "label": "One user", "value": "One user", "followupHint": null },
                { "label": "Everybody", "value": "Everybody", "followupHint": null },
            ],
        },
    }))
    .unwrap()
}

fn written(colours: bool) -> String {
    let mut out = Vec::new();
    let mut transcript = Transcript::new(&mut out, colours);
    let session = session();
    transcript.headline("Nothing prints", "nothing-prints").unwrap();
    transcript.intake(&session.intake).unwrap();
    transcript.understood(&session).unwrap();
    transcript.step(1, session.current_step.as_ref().unwrap()).unwrap();
    transcript.answer(&Choice::Option { label: "Everybody".into(), value: "Everybody".into() }).unwrap();
    transcript
        .answer(&Choice::ActionResult { succeeded: false, details: Some("The queue is stuck.".into()) })
        .unwrap();
    let documentation = Documentation {
        markdown: "# Nothing prints\n\nSolved.".into(),
        resolution_summary: Some("The queue was stuck.".into()),
        resolution_action: Some("Restarted the spooler.".into()),
        total_steps: 1,
        duration: Some("1m".into()),
    };
    transcript.resolution(&documentation).unwrap();
    transcript.documentation(&documentation.markdown).unwrap();
    let facts = Facts { steps: 1, first_step: Duration::from_millis(40), all: Duration::from_millis(1250) };
    transcript.facts(&facts, &session).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_conversation_reads_from_intake_to_documentation() {
    let expected = "
== Nothing prints  (nothing-prints) ================================================================

The intake
  | The printer prints nothing.
  | The admin's password is [PASSWORD-1].

Pasted with it
  | Event ID: 372
  Replaced before anything was stored: 1 x PASSWORD

What FlowPilot understood
  Summary   Printer on the second floor prints nothing
  Domain    PRINTING, urgency HIGH
  Symptoms  prints nothing; since the update
  Match     Printer queues and drivers (version 1), score 0.87
  Because   shares printer and driver

Step 1: question, GUIDED 0.87
  Who cannot print?
  Look at the queue first.
    ( ) One user
    ( ) Everybody
  => Everybody
  => did not succeed: The queue is stuck.

Resolved
  The queue was stuck.
  Restarted the spooler.

The documentation that FlowPilot wrote
  | # Nothing prints
  |
  | Solved.

  ACTIVE after 1 steps; the first came after 0.04 s, everything took 1.25 s.
  Session 019a8f00-0000-7000-8000-00000000000a
";
    let written = written(false);
    let trimmed: Vec<_> = written.lines().map(str::trim_end).collect();
    assert_eq!(trimmed, expected.lines().collect::<Vec<_>>());
}

#[test]
fn colours_change_nothing_but_colours() {
    let coloured = written(true);
    assert!(
        coloured.contains("\x1b[1mWho cannot print?") || coloured.contains("\x1b[1m  Who cannot print?"),
        "{coloured}"
    );
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    assert_eq!(plain, written(false));
}
