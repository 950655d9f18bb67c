//! Plays an example through the real API, as an engineer would, and has it written down on the way.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::json;

use super::answer::Script;
use super::client::Client;
use super::example::Example;
use super::transcript::{Facts, Transcript};
use super::wire::{ANSWER, Closed, LOOK, Match, Payload, RESOLVE, SESSION, START, STEP, Session, Step};

/// More steps than any flow has.
const MOST_STEPS: usize = 30;
/// How often it is looked whether the assistant has thought.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How often at most: a minute.
const MOST_LOOKS: usize = 300;

/// What came of an example.
#[derive(Debug, Clone)]
pub struct Played {
    /// The session's id.
    pub session: String,
    /// Its status at the end.
    pub status: String,
    /// The flow that it followed.
    pub matched: Option<Match>,
    /// The last step was a suggested solution, and it was confirmed.
    pub confirmed: bool,
    /// Answers of the example that fitted no step.
    pub unused_answers: usize,
    /// Steps for which the example had no answer.
    pub unforeseen: usize,
    /// Its documentation.
    pub markdown: String,
    /// How long it took.
    pub facts: Facts,
}

/// Plays an example from its intake to its documentation.
pub async fn play<W: Write + Send>(
    client: &Client,
    example: &Example,
    transcript: &mut Transcript<W>,
) -> anyhow::Result<Played> {
    let began = Instant::now();
    transcript.headline(&example.title, example.name)?;
    let input = json!({
        "intakeType": if example.intake.log.is_some() { "COMBINED" } else { "FREE_TEXT" },
        "text": example.intake.text,
        "logContent": example.intake.log,
    });
    let started: Payload = client.mutate("startSession", &document(&[START, SESSION, STEP]), input).await?;
    let mut session = thought(client, started.session).await?;
    let first_step = began.elapsed();
    transcript.intake(&session.intake)?;
    transcript.understood(&session)?;

    let mut script = Script::of(example);
    let (mut confirmed, mut unforeseen) = (false, 0);
    let mut number = 0;
    while let Some(step) = session.current_step.take() {
        // Without a flow nothing is suggested: when everything was said, the engineer knows what helped.
        if number == MOST_STEPS || (script.is_used_up() && session.matched.is_none() && !is_suggestion(&step))
        {
            break;
        }
        number += 1;
        transcript.step(number, &step)?;
        let left = script.left();
        let choice = script.choose(&step);
        unforeseen += usize::from(script.left() == left);
        transcript.answer(&choice)?;
        confirmed = is_suggestion(&step) && choice.is_success();
        let input = json!({ "sessionId": session.id, "stepId": step.id, "answer": choice.to_input() });
        let answered: Payload =
            client.mutate("answerStep", &document(&[ANSWER, SESSION, STEP]), input).await?;
        session = thought(client, answered.session).await?;
    }

    let input = json!({
        "sessionId": session.id,
        "summary": example.resolution.summary,
        "action": example.resolution.action,
    });
    let closed: Closed = client.mutate("resolveSession", &document(&[RESOLVE, SESSION, STEP]), input).await?;
    let session = closed.session.context("resolveSession gave no session back")?;
    let documentation = closed.documentation.context("resolveSession gave no documentation back")?;
    let facts = Facts { steps: session.step_count, first_step, all: began.elapsed() };
    transcript.resolution(&documentation)?;
    transcript.documentation(&documentation.markdown)?;
    transcript.facts(&facts, &session)?;
    Ok(Played {
        session: session.id,
        status: session.status,
        matched: session.matched,
        confirmed,
        unused_answers: script.left(),
        unforeseen,
        markdown: documentation.markdown,
        facts,
    })
}

fn document(parts: &[&str]) -> String {
    parts.join("\n")
}

fn is_suggestion(step: &Step) -> bool {
    step.kind == "RESOLUTION_SUGGESTION"
}

/// The session once the assistant has done thinking.
async fn thought(client: &Client, session: Option<Session>) -> anyhow::Result<Session> {
    let mut session = session.context("the command gave no session back")?;
    for _ in 0..MOST_LOOKS {
        match session.assistant.as_str() {
            "THINKING" => tokio::time::sleep(LOOK_AGAIN).await,
            "FAILED" => bail!(
                "the assistant failed: {}",
                session.assistant_error.as_deref().unwrap_or("without a word")
            ),
            _ => return Ok(session),
        }
        let look: Option<Session> =
            client.query("session", &document(&[LOOK, SESSION, STEP]), json!({ "id": session.id })).await?;
        session = look.context("the session cannot be found any more")?;
    }
    bail!("the assistant is still thinking about session {}", session.id)
}
